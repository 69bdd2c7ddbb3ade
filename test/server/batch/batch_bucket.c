#include "batch/batch_bucket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/command_line.h"
#include "batch/batch_fields.h"

enum { PATH_SIZE = 4096, OBJECT_SIZE = 2048 };

/* What is left of the URL after one of the beginnings, separated by spaces; NULL: it has none. */
static const char *
after_scheme(const char *url, const char *schemes)
{
	for (const char *at = schemes; *at; at += strspn(at, " "))
	{
		size_t		len = strcspn(at, " ");

		if (strncmp(url, at, len) == 0)
			return url + len;
		at += len;
	}
	return NULL;
}

static const char *
schemes_of(const char *type)
{
	if (strcmp(type, "s3") == 0)
		return "s3://";
	if (strcmp(type, "gcp") == 0)
		return "gs:// gcs:// https://storage.googleapis.com/ http://storage.googleapis.com/";
	if (strcmp(type, "azure") == 0)
		return "https:// http:// azure_blob://";
	return "https:// http://";
}

bool
batch_bucket_is_url(const char *type, const char *url)
{
	const char *rest = after_scheme(url, schemes_of(type));

	return rest && *rest && *rest != '/';
}

/* No path may lead out of the folder. */
static bool
is_safe(const char *path)
{
	return !strstr(path, "/../") && strncmp(path, "../", 3) != 0
		&& (strlen(path) < 3 || strcmp(path + strlen(path) - 3, "/..") != 0);
}

/* The part of a URL that names the object: without its query, and without a user and password. */
static void
object_of(const char *type, const char *url, char *out, size_t size)
{
	const char *rest = after_scheme(url, schemes_of(type));
	const char *at;

	snprintf(out, size, "%s", rest ? rest : "");
	if (strcmp(type, "s3") == 0 || strcmp(type, "gcp") == 0)
		return;
	out[strcspn(out, "?#")] = '\0';
	at = memchr(out, '@', strcspn(out, "/"));
	if (at)
		memmove(out, at + 1, strlen(at));
}

static void
relative_path(const json_t *settings, char *out, size_t size)
{
	const char *type = batch_text(settings, "type");
	const char *part = batch_text(settings, "partition");
	char		object[OBJECT_SIZE];

	if (strcmp(type, "dataset") == 0)
		snprintf(out, size, "datasets/%s.csv", batch_text(settings, "datasetId"));
	else if (strcmp(type, "dss") == 0)
		snprintf(out, size, "projects/%s/%s.csv", batch_text(settings, "projectId"),
				 part ? part : "all");
	else if (strcmp(type, "dataStage") == 0)
		snprintf(out, size, "stages/%s.csv", batch_text(settings, "dataStageId"));
	else if (strcasecmp(type, "filesystem") == 0)
		snprintf(out, size, "files/%s", batch_text(settings, "path"));
	else
	{
		object_of(type, batch_text(settings, "url"), object, sizeof object);
		snprintf(out, size, "%s/%s", type, object);
	}
}

const char *
batch_bucket_path(const json_t *settings, char *path, size_t size)
{
	const char *format = batch_text(settings, "format");
	char		relative[OBJECT_SIZE + 16];

	if (!options.buckets)
		return "this installation has no access to other services";
	if (format && strcmp(format, "csv") != 0)
		return "only the format csv is available on this installation";
	relative_path(settings, relative, sizeof relative);
	if (!is_safe(relative) || relative[strlen(relative) - 1] == '/')
		return "the URL leads to no object";
	snprintf(path, size, "%s/%s", options.buckets, relative);
	return NULL;
}

int
batch_bucket_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The name of an object that is not complete. */
static void
unfinished_name(const char *path, char *out, size_t size)
{
	snprintf(out, size, "%s.unfinished", path);
}

static void
make_folders(const char *path)
{
	char		folder[PATH_SIZE];

	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/'))
	{
		*slash = '\0';
		if (mkdir(folder, 0777) != 0 && errno != EEXIST)
			return;				/* opening the file fails, and tells why */
		*slash = '/';
	}
}

int
batch_bucket_create(const char *path)
{
	char		name[PATH_SIZE];

	unfinished_name(path, name, sizeof name);
	make_folders(name);
	return open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

bool
batch_bucket_publish(const char *path)
{
	char		name[PATH_SIZE];

	unfinished_name(path, name, sizeof name);
	return rename(name, path) == 0;
}

void
batch_bucket_discard(const char *path)
{
	char		name[PATH_SIZE];

	unfinished_name(path, name, sizeof name);
	unlink(name);
}

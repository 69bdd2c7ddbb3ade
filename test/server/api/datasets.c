#include "api/datasets.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/pages.h"
#include "api/project_partitions.h"
#include "base/command_line.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "http/http_request.h"
#include "http/router.h"
#include "input/input.h"
#include "input/regular_series.h"
#include "model/registry.h"

enum { ID_SIZE = 25, PATH_SIZE = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *datasets;		/* by id */
static json_t *tasks;			/* id: the id of the dataset that it makes */
static json_t *workspaces;		/* id: {"generator", "dataset"} */
static unsigned made;

/* ---- ids */

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
new_id(char *out, const char *prefix)
{
	snprintf(out, ID_SIZE, "%s%016x", prefix, ++made);
}

/* The first part of a path. */
static void
take_id(char *out, const char *path)
{
	snprintf(out, ID_SIZE, "%.*s", (int) strcspn(path, "/?"), path);
}

/* A query generator belongs to a project, and has its id with another beginning. */
static const struct deployment *
deployment_of(const char *prefix, const char *id)
{
	for (size_t i = 0; i < registry_count(); i++)
	{
		const struct deployment *d = registry_at(i);

		if (strlen(id) == ID_SIZE - 1 && strncmp(id, prefix, strlen(prefix)) == 0
			&& strcmp(d->project_id + strlen(prefix), id + strlen(prefix)) == 0)
			return d;
	}
	return NULL;
}

/* ---- files */

static void
path_of(char *out, const char *id)
{
	snprintf(out, PATH_SIZE, "%s/datasets/%s.csv", options.buckets, id);
}

static bool
write_file(const char *id, const struct buffer *csv)
{
	char		path[PATH_SIZE];
	FILE	   *file;
	bool		ok;

	snprintf(path, sizeof path, "%s/datasets", options.buckets);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return false;
	path_of(path, id);
	file = fopen(path, "w");
	ok = file && fwrite(csv->data, 1, csv->len, file) == csv->len;
	return file && fclose(file) == 0 && ok;
}

static bool
read_file(const char *id, struct buffer *csv)
{
	char		path[PATH_SIZE];
	char		block[65536];
	size_t		n;
	FILE	   *file;

	path_of(path, id);
	file = fopen(path, "r");
	while (file && (n = fread(block, 1, sizeof block, file)) > 0)
		buffer_append(csv, block, n);
	return file && fclose(file) == 0;
}

/* ---- making */

static json_t *
shown(const char *id, size_t bytes)
{
	char		now[TIMESTAMP_TEXT_MAX];

	timestamp_print_micro(now, service_now());
	return json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s, s:b, s:b, s:b, s:s, s:I, s:b, s:n}",
					 "datasetId", id, "versionId", id, "name", "data", "categories", "PREDICTION",
					 "creationDate", now, "createdBy", options.user, "isDataEngineEligible", true,
					 "isLatestVersion", true, "isSnapshot", true, "processingState", "COMPLETED",
					 "datasetSize", (json_int_t) bytes, "dataPersisted", true, "sampleSize");
}

static void
keep(json_t **all, const char *id, json_t *value)
{
	if (!*all)
		*all = json_object();
	json_object_set_new(*all, id, value);
}

/* Answers with a task, which is done when it is asked for. */
static void
make(struct request *r, const struct buffer *csv)
{
	char		id[ID_SIZE];
	char		task[ID_SIZE];
	char	   *origin = pages_origin(r);

	new_id(id, "8a8a8a8a");
	new_id(task, "9a9a9a9a");
	if (!options.buckets || !write_file(id, csv))
		reply_error(&r->reply, 500, "this installation cannot keep datasets");
	else
	{
		keep(&datasets, id, shown(id, csv->len));
		keep(&tasks, task, json_string(id));
		reply_json_value(&r->reply, 202, json_pack("{s:s, s:s, s:s}", "catalogId", id,
												   "catalogVersionId", id, "statusId", task));
		reply_header(&r->reply, "Location", "%s/api/v2/status/%s/", origin, task);
	}
	free(origin);
}

static void
make_from_file(struct request *r)
{
	if (input_unpack(r->connection, &r->body, &r->reply) == FORM_CSV)
		make(r, &r->body);
	else if (!r->reply.ready)
		reply_error(&r->reply, 422, "the dataset must be CSV");
}

/* NULL: an error is in the reply. */
static json_t *
read_body(struct request *r)
{
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	reply_error(&r->reply, 400, "the body is no JSON object");
	return NULL;
}

/* {"queryGeneratorId", "datasetId", "datasetVersionId"} */
static void
make_workspace(struct request *r)
{
	json_t	   *body = read_body(r);
	const char *generator = text_of(body, "queryGeneratorId");
	const char *dataset = text_of(body, "datasetId");
	char		id[ID_SIZE];

	if (body && (!generator || !deployment_of("7a", generator)))
		pages_refuse(r, "queryGeneratorId", "does not exist");
	else if (body && (!dataset || !json_object_get(datasets, dataset)))
		pages_refuse(r, "datasetId", "does not exist");
	else if (body)
	{
		new_id(id, "7b7b7b7b");
		keep(&workspaces, id, json_pack("{s:s, s:s}", "generator", generator, "dataset", dataset));
		reply_json_value(&r->reply, 201, json_pack("{s:s}", "workspaceStateId", id));
	}
	json_decref(body);
}

/* {"workspaceStateId"}: the dataset of the workspace, prepared */
static void
make_from_workspace(struct request *r)
{
	json_t	   *body = read_body(r);
	const char *id = text_of(body, "workspaceStateId");
	const json_t *workspace = id ? json_object_get(workspaces, id) : NULL;
	struct buffer csv = {0};
	struct buffer prepared = {0};

	if (body && !workspace)
		pages_refuse(r, "workspaceStateId", "does not exist");
	else if (body && !read_file(text_of(workspace, "dataset"), &csv))
		reply_error(&r->reply, 422, "the dataset cannot be read");
	else if (body && regular_series_make(deployment_of("7a", text_of(workspace, "generator")),
										 &csv, &prepared, &r->reply))
		make(r, &prepared);
	buffer_free(&csv);
	buffer_free(&prepared);
	json_decref(body);
}

/* ---- what there is */

static void
answer_dataset(struct request *r, const char *path)
{
	char		id[ID_SIZE];
	const json_t *dataset;

	take_id(id, path);
	dataset = json_object_get(datasets, id);
	if (!dataset)
		reply_error(&r->reply, 404, "Not found");
	else if (router_is_method(r, "GET"))
		reply_json_value(&r->reply, 200, json_deep_copy(dataset));
}

/* False: the task is of somebody else. */
static bool
answer_task(struct request *r, const char *path)
{
	char		id[ID_SIZE];
	const char *dataset;
	char	   *origin;

	take_id(id, path);
	dataset = text_of(tasks, id);
	if (!dataset)
		return false;
	origin = pages_origin(r);
	reply_json_value(&r->reply, 303, json_pack("{s:s, s:s}", "statusId", id, "status",
											   "COMPLETED"));
	reply_header(&r->reply, "Location", "%s/api/v2/datasets/%s/", origin, dataset);
	free(origin);
	return true;
}

static void
answer_project(struct request *r, const char *path)
{
	char		id[ID_SIZE];
	const struct deployment *d;
	json_t	   *generator;
	json_t	   *partition;

	take_id(id, path);
	d = deployment_of("", id);
	if (!d || !router_is_method(r, "GET"))
	{
		if (!d)
			reply_error(&r->reply, 404, "Not found");
		return;
	}
	generator = regular_series_suit(d) ? json_sprintf("7a%s", d->project_id + 2) : json_null();
	partition = project_partitions_shown(d->project_id);
	reply_json_value(&r->reply, 200,
					 json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o*}", "id", d->project_id,
							   "projectName", d->label, "stage", "modeling", "target",
							   d->target ? d->target : "", "fileName", "training.csv",
							   "queryGeneratorId", generator, "partition", partition));
}

/* ---- routes */

static bool
is_post_of(struct request *r, const char *path, const char *route)
{
	return router_path_is(path, route) && router_is_method(r, "POST");
}

static bool
answer(struct request *r, const char *path)
{
	if (strncmp(path, "status/", 7) == 0)
		return answer_task(r, path + 7);
	if (is_post_of(r, path, "datasets/fromFile"))
		make_from_file(r);
	else if (is_post_of(r, path, "datasets/fromDataEngineWorkspaceState"))
		make_from_workspace(r);
	else if (is_post_of(r, path, "dataEngineWorkspaceStates/fromDataEngineQueryGenerator"))
		make_workspace(r);
	else if (strncmp(path, "datasets/", 9) == 0 && !r->reply.ready)
		answer_dataset(r, path + 9);
	else if (strncmp(path, "projects/", 9) == 0)
		answer_project(r, path + 9);
	return r->reply.ready;
}

bool
datasets_answer(struct request *r, const char *path)
{
	bool		mine;

	pthread_mutex_lock(&lock);
	mine = answer(r, path);
	pthread_mutex_unlock(&lock);
	return mine;
}

void
datasets_reset(void)
{
	pthread_mutex_lock(&lock);
	json_decref(datasets);
	json_decref(tasks);
	json_decref(workspaces);
	datasets = tasks = workspaces = NULL;
	pthread_mutex_unlock(&lock);
}

#include "batch/batch_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/router.h"

static const char *const collections[] = {"batchPredictions", "batchJobs"};
static const char definitions[] = "batchPredictionJobDefinitions";

/* Is this the first part of the path? If so, *rest is what follows it. */
static bool
begins(const char *path, const char *name, const char **rest)
{
	size_t		len = strlen(name);

	if (strncmp(path, name, len) != 0 || !strchr("/?", path[len]))
		return false;
	*rest = path[len] == '/' ? path + len + 1 : path + len;
	return true;
}

bool
batch_call_is_for(const char *path)
{
	const char *rest;

	return begins(path, collections[0], &rest) || begins(path, collections[1], &rest)
		|| begins(path, definitions, &rest);
}

static const char *
take_id(struct batch_call *c, const char *path)
{
	size_t		len = strcspn(path, "/?");

	snprintf(c->id, sizeof c->id, "%.*s", (int) (len < sizeof c->id ? len : sizeof c->id), path);
	return path[len] == '/' ? path + len + 1 : path + len;
}

/* csvUpload/part/N */
static bool
take_part(struct batch_call *c, const char *path)
{
	static const char prefix[] = "csvUpload/part/";
	char	   *end;

	if (strncmp(path, prefix, sizeof prefix - 1) != 0)
		return false;
	path += sizeof prefix - 1;
	c->part = strtol(path, &end, 10);
	return end > path && *path >= '0' && *path <= '9' && router_path_is(end, "");
}

static void
read_job(struct batch_call *c, const char *path)
{
	if (router_path_is(path, ""))
		c->verb = VERB_JOB;
	else if (router_path_is(path, "csvUpload"))
		c->verb = VERB_UPLOAD;
	else if (take_part(c, path))
		c->verb = VERB_PART;
	else if (router_path_is(path, "csvUpload/finalizeMultipart"))
		c->verb = VERB_FINALIZE;
	else if (router_path_is(path, "download"))
		c->verb = VERB_DOWNLOAD;
}

void
batch_call_read(struct batch_call *c, const char *path)
{
	const char *rest;

	if (begins(path, definitions, &rest))
	{
		c->collection = definitions;
		c->verb = VERB_DEFINITIONS;
		if (!router_path_is(rest, ""))
			c->verb = router_path_is(take_id(c, rest), "") ? VERB_DEFINITION : VERB_UNKNOWN;
		return;
	}
	c->collection = collections[begins(path, collections[1], &rest)];
	if (!begins(path, c->collection, &rest))
		return;
	if (router_path_is(rest, ""))
		c->verb = VERB_JOBS;
	else if (router_path_is(rest, "fromExisting"))
		c->verb = VERB_FROM_EXISTING;
	else if (router_path_is(rest, "fromJobDefinition"))
		c->verb = VERB_FROM_DEFINITION;
	else
		read_job(c, take_id(c, rest));
}

const char *
batch_call_route(const struct batch_call *c, const char *method)
{
	switch (c->verb)
	{
		case VERB_JOBS:
			return strcmp(method, "POST") == 0 ? "batch/create" : "batch/list";
		case VERB_FROM_EXISTING:
			return "batch/existing";
		case VERB_FROM_DEFINITION:
			return "batch/from_definition";
		case VERB_JOB:
			return strcmp(method, "DELETE") == 0 ? "batch/delete"
				: strcmp(method, "PATCH") == 0 ? "batch/patch" : "batch/get";
		case VERB_UPLOAD:
			return "batch/upload";
		case VERB_PART:
			return "batch/part";
		case VERB_FINALIZE:
			return "batch/finalize";
		case VERB_DOWNLOAD:
			return "batch/download";
		case VERB_DEFINITIONS:
		case VERB_DEFINITION:
			return "batch/definitions";
		case VERB_UNKNOWN:
			break;
	}
	return "batch";
}

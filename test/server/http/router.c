#include "http/router.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "batch/batch_call.h"
#include "control/control.h"
#include "control/counters.h"
#include "http/http_request.h"
#include "model/registry.h"
#include "realtime/legacy.h"
#include "realtime/portable.h"

static const char not_found[] =
	"The requested URL was not found on the server. If you entered the URL manually, please check "
	"your spelling and try again.";

/* Steps over the prefix, if the path starts with it. */
static bool
skip(const char **path, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (strncmp(*path, prefix, len) != 0)
		return false;
	*path += len;
	return true;
}

/* Is this the end of the path, with or without a slash? */
static bool
at_end(const char *path)
{
	if (*path == '/')
		path++;
	return *path == '\0' || *path == '?';
}

/* The last part of a path, and what it asks for. */
struct ending
{
	const char *name;
	enum operation operation;
};

static bool
find_ending(struct request *r, const char *path, const struct ending *endings, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		const char *rest = path;

		if (!skip(&rest, endings[i].name) || !at_end(rest))
			continue;
		r->route = ROUTE_PREDICTIONS;
		r->operation = endings[i].operation;
		return true;
	}
	return false;
}

static void
keep_id(struct request *r, const char *path, size_t len)
{
	snprintf(r->id, sizeof r->id, "%.*s", len < sizeof r->id ? (int) len : (int) sizeof r->id,
			 path);
}

static bool
find_deployment(struct request *r, const char *path)
{
	/* serverless addresses have only the first two */
	static const struct ending endings[] = {
		{"/predictions", OPERATION_PREDICT},
		{"/predictionsUnstructured", OPERATION_UNSTRUCTURED},
		{"/predictionExplanations", OPERATION_EXPLAIN},
		{"/timeSeriesPredictions", OPERATION_TIME_SERIES},
	};
	size_t		len = strcspn(path, "/?");
	size_t		count = r->address == ADDRESS_SERVERLESS ? 2 : sizeof endings / sizeof *endings;

	if (!find_ending(r, path + len, endings, count))
		return false;
	keep_id(r, path, len);
	r->deployment = registry_find(path, len);
	return true;
}

/* PROJECT/MODEL/verb */
static void
find_model(struct request *r, const char *path, size_t len)
{
	static const struct ending endings[] = {
		{"/predict", OPERATION_PREDICT},
		{"/predictionExplanations", OPERATION_EXPLAIN},
		{"/reasonCodesPredictions", OPERATION_REASON_CODES},
		{"/timeSeriesPredict", OPERATION_TIME_SERIES},
	};
	const char *model = path + len + 1;
	size_t		model_len = strcspn(model, "/?");
	size_t		count = r->address == ADDRESS_V1 ? 1 : sizeof endings / sizeof *endings;

	if (!find_ending(r, model + model_len, endings, count))
		return;
	keep_id(r, path, len);
	r->deployment = registry_find_model(path, len, model, model_len);
}

static void
find_prediction_server(struct request *r, const char *path)
{
	static const struct ending predict = {"/predict", OPERATION_PREDICT};
	size_t		len = strcspn(path, "/?");
	const char *rest = path;

	if (skip(&rest, "deployments/"))
		find_deployment(r, rest);
	else if (skip(&rest, "ping") && at_end(rest))
		r->route = ROUTE_PING;
	else if (skip(&rest, "api_token") && at_end(rest))
		r->route = ROUTE_TOKEN;
	else if (find_ending(r, path + len, &predict, 1))
	{
		r->address = ADDRESS_IMPORT;
		keep_id(r, path, len);
		r->deployment = registry_find_import(path, len);
	}
	else if (path[len] == '/')
	{
		r->address = ADDRESS_PROJECT;
		find_model(r, path, len);
	}
}

static void
find_v1(struct request *r, const char *path)
{
	size_t		len = strcspn(path, "/?");
	const char *rest = path + len;

	r->address = ADDRESS_V1;
	keep_id(r, path, len);
	if (len == 4 && strncmp(path, "ping", 4) == 0 && at_end(rest))
		r->route = ROUTE_PING;
	else if (len == 9 && strncmp(path, "api_token", 9) == 0 && at_end(rest))
		r->route = ROUTE_TOKEN;
	else if (skip(&rest, "/models") && at_end(rest))
		r->route = ROUTE_MODELS;
	else if (path[len] == '/')
		find_model(r, path, len);
}

static void
find_portable(struct request *r, const char *path)
{
	static const struct ending endings[] = {
		{"/predictions", OPERATION_PREDICT},
		{"/predictionsUnstructured", OPERATION_UNSTRUCTURED},
	};
	const char *rest = path;
	size_t		len;

	r->address = ADDRESS_PORTABLE;
	r->rest = path;
	if (skip(&rest, "/deployments/"))
	{
		len = strcspn(rest, "/?");
		keep_id(r, rest, len);
		r->deployment = portable_find(rest, len);
		if (len > 0 && find_ending(r, rest + len, endings, 2))
			return;
	}
	else if (find_ending(r, rest, endings, 2))
	{
		r->deployment = portable_single();
		return;
	}
	if (portable_is_route(path))
		r->route = ROUTE_PORTABLE;
	else if (skip(&path, "/ping") && at_end(path))
		r->route = ROUTE_PING;
}

void
router_find(struct request *r)
{
	const char *path = r->target;

	if (skip(&path, "/standin/"))
		r->route = ROUTE_CONTROL;
	else if (skip(&path, "/predApi/v1.0/"))
		find_prediction_server(r, path);
	else if (skip(&path, "/api/v1/"))
		find_v1(r, path);
	else if (skip(&path, "/api/v2/"))
	{
		const char *rest = path;

		r->address = ADDRESS_SERVERLESS;
		r->rest = path;
		if (!skip(&rest, "deployments/") || !find_deployment(r, rest))
			r->route = batch_call_is_for(path) ? ROUTE_BATCH : ROUTE_API;
	}
	else
		find_portable(r, path);
}

bool
router_path_is(const char *path, const char *wanted)
{
	return skip(&path, wanted) && at_end(path);
}

bool
router_is_method(struct request *r, const char *allowed)
{
	if (strcmp(r->method, allowed) == 0)
		return true;
	reply_error(&r->reply, 405, "The method is not allowed for the requested URL.");
	reply_header(&r->reply, "Allow", "%s", allowed);
	return false;
}

/* The documentation shows 400 for a wrong address of the prediction server. */
void
router_not_found(struct request *r)
{
	reply_error(&r->reply, strncmp(r->target, "/predApi/", 9) == 0 ? 400 : 404, "%s", not_found);
}

void
router_check(struct request *r)
{
	/* method, space, target, space, HTTP/1.1 */
	if (strlen(r->method) + strlen(r->target) + 10 > REQUEST_LINE_MAX)
	{
		reply_error(&r->reply, 414, "the request line is longer than %d bytes", REQUEST_LINE_MAX);
		return;
	}
	switch (r->route)
	{
		case ROUTE_PREDICTIONS:
			router_is_method(r, "POST");
			break;
		case ROUTE_PING:
		case ROUTE_MODELS:
			router_is_method(r, "GET");
			break;
		case ROUTE_UNKNOWN:
			router_not_found(r);
			break;
		case ROUTE_TOKEN:
		case ROUTE_PORTABLE:
		case ROUTE_API:
		case ROUTE_BATCH:
		case ROUTE_CONTROL:
			break;
	}
}

/* A connection to the control routes is the test's own and is not counted. */
static void
discount_connection(struct request *r)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	bool	   *known = info->socket_context;

	if (known && !*known)
	{
		*known = true;
		counters_no_client();
	}
}

void
router_answer(struct request *r)
{
	switch (r->route)
	{
		case ROUTE_CONTROL:
			discount_connection(r);
			control_answer(r);
			break;
		case ROUTE_PING:
			reply_set(&r->reply, 200, "application/json", "{\"response\": \"pong\"}");
			break;
		case ROUTE_TOKEN:
			legacy_token(r);
			break;
		case ROUTE_MODELS:
			legacy_models(r);
			break;
		case ROUTE_PORTABLE:
			portable_answer(r);
			break;
		case ROUTE_API:
			api_answer(r);
			break;
		case ROUTE_UNKNOWN:
		case ROUTE_PREDICTIONS:
		case ROUTE_BATCH:
			break;
	}
}

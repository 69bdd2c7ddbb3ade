#include "route.h"

#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "control.h"
#include "deployments.h"
#include "request.h"

static const char not_found[] = "The requested URL was not found on the server. If you entered the "
								"URL manually, please check your spelling "
								"and try again.";

/* Does the path start with this? Then step over it. */
static bool
skip(const char **path, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (strncmp(*path, prefix, len) != 0)
		return false;
	*path += len;
	return true;
}

/* The end of the path, with or without a slash. */
static bool
at_end(const char *path)
{
	if (*path == '/')
		path++;
	return *path == '\0' || *path == '?';
}

static void
find_deployment(struct request *r, const char *path)
{
	size_t		len = strcspn(path, "/?");
	const char *rest = path + len;

	if (!skip(&rest, "/predictions") || !at_end(rest))
		return;
	r->route = ROUTE_PREDICTIONS;
	snprintf(r->id, sizeof r->id, "%.*s", len < sizeof r->id ? (int) len : (int) sizeof r->id,
			 path);
	r->deployment = deployments_find(path, len);
}

void
route_find(struct request *r)
{
	const char *path = r->target;

	if (skip(&path, "/standin/"))
		r->route = ROUTE_CONTROL;
	else if (skip(&path, "/predApi/v1.0/deployments/"))
		find_deployment(r, path);
	else if (skip(&path, "/predApi/v1.0/ping"))
		r->route = at_end(path) ? ROUTE_PING : ROUTE_UNKNOWN;
	else if (skip(&path, "/api/v2/"))
	{
		r->serverless = true;
		if (skip(&path, "deployments/"))
			find_deployment(r, path);
		else if (skip(&path, "version"))
			r->route = at_end(path) ? ROUTE_VERSION : ROUTE_UNKNOWN;
	}
}

static void
check_method(struct request *r, const char *allowed)
{
	if (strcmp(r->method, allowed) == 0)
		return;
	reply_error(&r->reply, 405, "The method is not allowed for the requested URL.");
	reply_header(&r->reply, "Allow", "%s", allowed);
}

void
route_check(struct request *r)
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
			check_method(r, "POST");
			break;
		case ROUTE_PING:
		case ROUTE_VERSION:
			check_method(r, "GET");
			break;
		case ROUTE_UNKNOWN:
			/* the documentation shows 400 for a wrong address of the prediction server */
			reply_error(&r->reply, strncmp(r->target, "/predApi/", 9) == 0 ? 400 : 404, "%s",
						not_found);
			break;
		case ROUTE_CONTROL:
			break;
	}
}

void
route_answer(struct request *r)
{
	if (r->route == ROUTE_CONTROL)
		control_answer(r);
	else if (r->route == ROUTE_PING)
		reply_set(&r->reply, 200, "application/json", "{\"response\": \"pong\"}");
	else if (r->route == ROUTE_VERSION && auth_check(r))
		reply_set(&r->reply, 200, "application/json",
				  "{\"major\": 2, \"minor\": 33, \"versionString\": \"2.33.0\"}");
}

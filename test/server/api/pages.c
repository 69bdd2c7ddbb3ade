#define _GNU_SOURCE
#include "api/pages.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "http/http_request.h"

/* What limit may be; 0 means the usual one where it is allowed. */
struct limits
{
	long		usual;
	long		least;
	long		most;
};

static const struct limits short_pages = {20, 1, 100};
static const struct limits long_pages = {100, 0, 1000};

bool
pages_refuse(struct request *r, const char *field, const char *why)
{
	reply_json_value(&r->reply, 422,
					 json_pack("{s:s, s:{s:s}}", "message", "Invalid field data", "errors", field,
							   why));
	return false;
}

struct names
{
	struct request *request;
	const char *const *known;
};

static enum MHD_Result
check_name(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct names *n = cls;
	char		why[128];

	(void) kind;
	(void) value;
	for (const char *const *k = n->known; *k; k++)
		if (strcmp(*k, name) == 0)
			return MHD_YES;
	snprintf(why, sizeof why, "%.80s is not allowed key", name);
	pages_refuse(n->request, name, why);
	return MHD_NO;
}

bool
pages_check_names(struct request *r, const char *const *known)
{
	struct names n = {r, known};

	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, check_name, &n);
	return !r->reply.ready;
}

const char *
pages_parameter(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool
pages_read_bool(struct request *r, const char *name, bool *value)
{
	const char *text = pages_parameter(r, name);

	if (!text)
		return true;
	if (truth_parse(text, value))
		return true;
	return pages_refuse(r, name, "value can't be converted to Bool");
}

static bool
read_number(struct request *r, const char *name, long least, long most, long *value)
{
	const char *text = pages_parameter(r, name);
	char	   *end;
	char		why[64];

	if (!text)
		return true;
	*value = strtol(text, &end, 10);
	if (!*text || *end)
		return pages_refuse(r, name, "value can't be converted to int");
	snprintf(why, sizeof why, "value is %s than %ld", *value < least ? "less" : "greater",
			 *value < least ? least : most);
	return (*value >= least && *value <= most) || pages_refuse(r, name, why);
}

char *
pages_origin(const struct request *r)
{
	const char *scheme = r->tls_session ? "https" : "http";
	const char *host = request_header(r, "Host");
	char	   *origin;

	if (asprintf(&origin, "%s://%s", scheme, host ? host : "127.0.0.1") < 0)
		abort();
	return origin;
}

/* Adds every parameter except offset and limit. */
static enum MHD_Result
add_parameter(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct buffer *url = cls;

	(void) kind;
	if (strcmp(name, "offset") == 0 || strcmp(name, "limit") == 0)
		return MHD_YES;
	buffer_print(url, "&%s=", name);
	for (; value && *value; value++)
		if (strchr("-._~", *value) || (*value >= '0' && *value <= '9')
			|| ((*value | 32) >= 'a' && (*value | 32) <= 'z'))
			buffer_byte(url, *value);
		else
			buffer_print(url, "%%%02X", (unsigned char) *value);
	return MHD_YES;
}

/* The address of another page; a fault may put another host there. */
static json_t *
page_url(const struct request *r, long offset, long limit)
{
	char	   *origin = pages_origin(r);
	struct buffer url = {0};
	json_t	   *json;
	const struct fault *f = r->fault.main;

	if (f && f->kind == FAULT_FOREIGN_NEXT)
		buffer_text(&url, f->location ? f->location : "http://127.0.0.1:9");
	else
		buffer_text(&url, origin);
	buffer_print(&url, "%.*s?offset=%ld&limit=%ld", (int) strcspn(r->target, "?"), r->target,
				 offset, limit);
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_parameter, &url);
	json = json_stringn(url.data, url.len);
	buffer_free(&url);
	free(origin);
	return json;
}

static void
answer_page(struct request *r, json_t *list, bool total, const struct limits *limits)
{
	long		offset = 0;
	long		limit = limits->usual;
	long		all = (long) json_array_size(list);
	json_t	   *page = json_array();
	json_t	   *answer = json_object();

	if (read_number(r, "offset", 0, LONG_MAX - limits->most, &offset)
		&& read_number(r, "limit", limits->least, limits->most, &limit))
	{
		if (limit == 0)
			limit = limits->usual;
		for (long i = offset; i < offset + limit && i < all; i++)
			json_array_append(page, json_array_get(list, (size_t) i));
		json_object_set_new(answer, "count", json_integer((json_int_t) json_array_size(page)));
		if (total)
			json_object_set_new(answer, "totalCount", json_integer(all));
		json_object_set_new(answer, "next", offset + limit < all
							? page_url(r, offset + limit, limit) : json_null());
		json_object_set_new(answer, "previous", offset > 0
							? page_url(r, offset > limit ? offset - limit : 0, limit)
							: json_null());
		json_object_set(answer, "data", page);
		reply_json_value(&r->reply, 200, json_incref(answer));
	}
	json_decref(answer);
	json_decref(page);
	json_decref(list);
}

void
pages_answer(struct request *r, json_t *list, bool total)
{
	answer_page(r, list, total, &short_pages);
}

void
pages_answer_long(struct request *r, json_t *list, bool total)
{
	answer_page(r, list, total, &long_pages);
}

#include "control/journal.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "http/http_request.h"

enum { KEPT = 64, BODY_SHOWN = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *kept;			/* an array */

/* Of credentials only the scheme is shown. */
static json_t *
shown_value(const char *name, const char *value)
{
	if (strcasecmp(name, "datarobot-key") == 0)
		return json_string(*value ? "(not shown)" : "");
	if (strcasecmp(name, "Authorization") == 0)
		return json_stringn(value, strcspn(value, " "));
	return json_string(value);
}

static enum MHD_Result
add_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	json_t	   *json = shown_value(name, value ? value : "");

	(void) kind;
	json_object_set_new((json_t *) cls, name, json ? json : json_string("(not UTF-8)"));
	return MHD_YES;
}

void
journal_begin(struct request *r)
{
	json_t	   *headers;

	if (r->route == ROUTE_CONTROL)
		return;
	headers = json_object();
	MHD_get_connection_values(r->connection, MHD_HEADER_KIND, add_header, headers);
	r->journal = json_pack("{s:s, s:s, s:b, s:o}", "method", r->method, "target", r->target, "tls",
						   r->tls_session != NULL, "headers", headers);
}

/* The start of the body, cut between characters; null if it is not text. */
static json_t *
shown_body(const struct buffer *body)
{
	size_t		len = body->len < BODY_SHOWN ? body->len : BODY_SHOWN;
	size_t		valid = len ? utf8_check(body->data, len) : 0;

	if (len - valid > 3 || memchr(body->data ? body->data : "", '\0', valid))
		return json_null();
	return json_stringn(body->data ? body->data : "", valid);
}

void
journal_end(struct request *r)
{
	if (!r->journal)
		return;
	json_object_set_new(r->journal, "status", json_integer(r->status_sent));
	json_object_set_new(r->journal, "bytes", json_integer((json_int_t) r->received));
	json_object_set_new(r->journal, "body", r->streaming ? json_null() : shown_body(&r->body));
	pthread_mutex_lock(&lock);
	if (!kept)
		kept = json_array();
	if (json_array_size(kept) == KEPT)
		json_array_remove(kept, 0);
	json_array_append_new(kept, r->journal);
	pthread_mutex_unlock(&lock);
	r->journal = NULL;
}

json_t *
journal_read(void)
{
	json_t	   *copy;

	pthread_mutex_lock(&lock);
	copy = kept ? json_deep_copy(kept) : json_array();
	pthread_mutex_unlock(&lock);
	return copy;
}

void
journal_reset(void)
{
	pthread_mutex_lock(&lock);
	json_decref(kept);
	kept = NULL;
	pthread_mutex_unlock(&lock);
}

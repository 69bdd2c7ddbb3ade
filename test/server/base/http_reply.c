#include "base/http_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_output.h"

static const char content_json[] = "application/json";

void
reply_header(struct reply *r, const char *name, const char *format, ...)
{
	va_list		args;
	int			at = 0;

	while (at < r->n_headers && strcmp(r->headers[at].name, name) != 0)
		at++;
	if (at == REPLY_HEADERS_MAX)
		return;
	r->headers[at].name = name;
	va_start(args, format);
	vsnprintf(r->headers[at].value, sizeof r->headers[0].value, format, args);
	va_end(args);
	if (at == r->n_headers)
		r->n_headers++;
}

void
reply_set(struct reply *r, int status, const char *content_type, const char *body)
{
	r->ready = true;
	r->status = status;
	r->content_type = content_type;
	r->body.len = 0;
	buffer_text(&r->body, body);
}

void
reply_json_value(struct reply *r, int status, json_t *json)
{
	char	   *text = json_dumps(json, 0);

	reply_set(r, status, content_json, text);
	free(text);
	json_decref(json);
}

void
reply_message(struct reply *r, int status, const char *text, size_t len)
{
	reply_set(r, status, content_json, "{\"message\": ");
	json_write_string(&r->body, text, len);
	buffer_text(&r->body, "}");
}

void
reply_message_of(struct reply *r, int status, const char *key, const char *text, size_t len)
{
	reply_set(r, status, content_json, "{\"message\": {");
	json_write_string(&r->body, key, strlen(key));
	buffer_text(&r->body, ": ");
	json_write_string(&r->body, text, len);
	buffer_text(&r->body, "}}");
}

void
reply_error(struct reply *r, int status, const char *format, ...)
{
	struct buffer text = {0};
	va_list		args;

	va_start(args, format);
	buffer_vprint(&text, format, args);
	va_end(args);
	reply_message(r, status, text.data, text.len);
	buffer_free(&text);
}

void
reply_clear(struct reply *r)
{
	buffer_free(&r->body);
	*r = (struct reply) {0};
}

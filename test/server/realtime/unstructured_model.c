/*
 * This model counts the bytes and words of text, JSON or CSV, and answers in JSON. Anything else
 * comes back as it is, with the default type of such models.
 */
#include "realtime/unstructured_model.h"

#include <stdbool.h>
#include <strings.h>

#include "http/http_request.h"
#include "input/inflate.h"
#include "model/registry.h"
#include "scoring/ngrams.h"

static bool
is_text(const char *type)
{
	return type && (strncasecmp(type, "text/", 5) == 0
					|| strncasecmp(type, "application/json", 16) == 0);
}

void
unstructured_model_answer(struct request *r)
{
	enum coding coding = inflate_coding(request_header(r, "Content-Encoding"));
	size_t		words;

	if (coding != CODING_IDENTITY && !inflate_body(&r->body, coding, BODY_MAX, &r->reply))
		return;
	reply_header(&r->reply, "X-DataRobot-Model-Cache-Hit", "true");
	reply_header(&r->reply, "X-DataRobot-Model-Id", "%s", r->deployment->model_id);
	if (is_text(request_header(r, "Content-Type")))
	{
		words = ngrams_words(r->body.data, r->body.len);
		reply_set(&r->reply, 200, "application/json", "");
		buffer_print(&r->reply.body, "{\"bytes\": %zu, \"words\": %zu}", r->body.len, words);
		return;
	}
	reply_set(&r->reply, 200, "application/octet-stream", "");
	buffer_append(&r->reply.body, r->body.data, r->body.len);
}

#include "input/input.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http_reply.h"
#include "input/charset.h"
#include "input/csv_input.h"
#include "input/inflate.h"
#include "input/json_input.h"
#include "input/multipart.h"
#include "input/params.h"
#include "input/table.h"
#include "model/registry.h"

/* 'a', 'b', as the service writes lists; long lists are cut */
static void
add_to_list(struct buffer *list, const char *name)
{
	if (list->len > 2000)
		return;
	buffer_text(list, list->len ? ", '" : "'");
	buffer_text(list, name);
	buffer_byte(list, '\'');
}

static void
add_passthrough(struct wanted *w, struct table *t, int column)
{
	w->passthrough_names[w->n_passthrough] = t->names[column];
	w->passthrough_slots[w->n_passthrough] = table_keep(t, column);
	w->n_passthrough++;
}

static bool
choose_passthrough(struct wanted *w, struct table *t, const struct body_text *b)
{
	size_t		count = b->params->passthrough_all ? t->columns : b->params->n_passthrough;
	struct buffer missing = {0};

	w->passthrough_slots = must_alloc(count * sizeof *w->passthrough_slots);
	w->passthrough_names = must_alloc(count * sizeof *w->passthrough_names);
	for (size_t i = 0; i < count; i++)
	{
		int			column =
			b->params->passthrough_all ? (int) i : table_find(t, b->params->passthrough[i]);

		if (column >= 0)
			add_passthrough(w, t, column);
		else
			add_to_list(&missing, b->params->passthrough[i]);
	}
	if (missing.len)
		reply_error(
			b->reply, 400,
			"passthroughColumns do not match columns, columns expected but not found: [%.*s]",
			(int) missing.len, missing.data);
	buffer_free(&missing);
	return !b->reply->ready;
}

static bool
choose_inputs(struct wanted *w, struct table *t, const struct body_text *b)
{
	const struct deployment *d = b->deployment;
	struct buffer missing = {0};

	w->input_slots = must_alloc(d->n_inputs * sizeof *w->input_slots);
	for (size_t i = 0; i < d->n_inputs; i++)
	{
		int			column = table_find(t, d->inputs[i].name);

		w->input_slots[i] = column >= 0 ? table_keep(t, column) : -1;
		if (column < 0 && d->inputs[i].required)
			add_to_list(&missing, d->inputs[i].name);
	}
	if (missing.len)
		reply_error(b->reply, 422, "columns that the model needs are missing: [%.*s]",
					(int) missing.len, missing.data);
	buffer_free(&missing);
	return !b->reply->ready;
}

bool
wanted_choose(struct wanted *w, struct table *t, const struct body_text *b)
{
	return choose_passthrough(w, t, b) && choose_inputs(w, t, b);
}

void
wanted_free(struct wanted *w)
{
	free(w->input_slots);
	free(w->passthrough_slots);
	free(w->passthrough_names);
	*w = (struct wanted) {0};
}

static bool
type_is(const char *content_type, const char *name)
{
	size_t		len = strlen(name);

	return strncasecmp(content_type, name, len) == 0 && strchr("; \t", content_type[len]) != NULL;
}

enum body_form
input_form(const char *content_type)
{
	if (!content_type)
		return FORM_UNKNOWN;
	if (type_is(content_type, "text/csv") || type_is(content_type, "text/plain"))
		return FORM_CSV;
	/* one example of the documentation has the second */
	if (type_is(content_type, "application/json") || type_is(content_type, "text/json"))
		return FORM_JSON;
	if (type_is(content_type, "multipart/form-data"))
		return FORM_MULTIPART;
	return FORM_UNKNOWN;
}

static void
strip_byte_order_mark(struct buffer *b)
{
	if (b->len < 3 || memcmp(b->data, "\xef\xbb\xbf", 3) != 0)
		return;
	b->len -= 3;
	memmove(b->data, b->data + 3, b->len);
}

/* Converts the body to UTF-8 from the encoding that its content type names. */
static bool
decode(struct buffer *body, const char *content_type, struct reply *reply)
{
	char		charset[64];

	if (!charset_of(content_type, charset, sizeof charset))
		reply_error(reply, 400, "unknown encoding");
	else if (body->len == 0)
		reply_error(reply, 400, "the body is empty");
	else if (charset_to_utf8(body, charset, reply))
	{
		strip_byte_order_mark(body);
		if (memchr(body->data, '\0', body->len))
			reply_error(reply, 400, "the body contains a NUL byte");
	}
	return !reply->ready;
}

enum body_form
input_unpack(struct MHD_Connection *connection, struct buffer *body, struct reply *reply)
{
	const char *content_type =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	const char *encoding =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Encoding");
	enum coding coding = inflate_coding(encoding);
	enum body_form form = input_form(content_type);
	char		part_type[256];

	if (coding != CODING_IDENTITY && !inflate_body(body, coding, BODY_MAX, reply))
		return FORM_UNKNOWN;
	if (form == FORM_MULTIPART)
	{
		if (!multipart_file(connection, body, part_type, sizeof part_type, reply))
			return FORM_UNKNOWN;
		content_type = part_type;
		form = input_form(part_type) == FORM_JSON ? FORM_JSON : FORM_CSV;
	}
	return decode(body, content_type, reply) ? form : FORM_UNKNOWN;
}

bool
input_read(const struct body_text *b, struct wanted *w, struct table *t)
{
	return b->form == FORM_JSON ? json_input(b, w, t) : csv_input(b, w, t);
}

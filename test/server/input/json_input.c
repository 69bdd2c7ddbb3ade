#include "input/json_input.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_reply.h"
#include "base/numbers.h"
#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "model/synthetic.h"

static bool
refuse(struct reply *reply, const char *why)
{
	reply_error(reply, 400, "%s", why);
	return false;
}

/* The columns are the keys of all rows, in order of first appearance. */
static bool
collect_columns(json_t *rows, struct table *t, struct reply *reply)
{
	json_t	   *seen = json_object();
	size_t		i;
	json_t	   *row;

	json_array_foreach(rows, i, row)
	{
		const char *key;
		json_t	   *value;

		if (!json_is_object(row))
		{
			json_decref(seen);
			reply_error(reply, 400, "row %zu is not a JSON object", i);
			return false;
		}
		json_object_foreach(row, key, value)
			if (!json_object_get(seen, key))
			{
				json_object_set_new(seen, key, json_true());
				table_add_column(t, key, strlen(key));
			}
	}
	json_decref(seen);
	return true;
}

static void
fill_cell(struct table *t, struct cell *cell, const json_t *value)
{
	char		number[NUMBER_TEXT_MAX];
	char	   *dumped = NULL;
	const char *text = number;
	size_t		len = 0;

	switch (json_typeof(value))
	{
		case JSON_NULL:
			return;
		case JSON_STRING:
			cell->kind = CELL_TEXT;
			text = json_string_value(value);
			len = json_string_length(value);
			break;
		case JSON_INTEGER:
			cell->kind = CELL_NUMBER;
			len = (size_t) snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
									json_integer_value(value));
			break;
		case JSON_REAL:
			cell->kind = CELL_NUMBER;
			len = (size_t) number_print_double(number, json_real_value(value));
			break;
		case JSON_TRUE:
		case JSON_FALSE:
			cell->kind = CELL_BOOL;
			text = json_is_true(value) ? "true" : "false";
			len = strlen(text);
			break;
		default:
			cell->kind = CELL_JSON;
			text = dumped = json_dumps(value, JSON_COMPACT);
			len = strlen(text);
	}
	cell->text = arena_copy(&t->arena, text, len);
	cell->len = (uint32_t) len;
	free(dumped);
}

static void
fill_row(struct table *t, const json_t *row)
{
	struct cell *cells = table_new_row(t);

	for (size_t c = 0; c < t->columns; c++)
	{
		const json_t *value = t->slot[c] >= 0 ? json_object_get(row, t->names[c]) : NULL;

		if (value)
			fill_cell(t, &cells[t->slot[c]], value);
	}
}

/* For the synthetic deployment the compact text of a row is what a record is in CSV. */
static void
add_code(struct scan *s, const json_t *row)
{
	char	   *text = json_dumps(row, JSON_COMPACT);
	uint32_t	code = synthetic_code(text, strlen(text));

	buffer_append(&s->codes, &code, sizeof code);
	free(text);
}

bool
json_input(const struct body_text *b, struct wanted *w, struct table *t)
{
	json_error_t error;
	json_t		*rows =
		json_loadb(b->text->data, b->text->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	bool		ok = true;

	if (!rows)
	{
		reply_error(b->reply, 400, "malformed JSON: %s (line %d)", error.text, error.line);
		return false;
	}
	if (!json_is_array(rows))
		ok = refuse(b->reply, "the JSON body must be an array of objects, one per row");
	else if (json_array_size(rows) == 0)
		ok = refuse(b->reply, "there are no rows to predict");
	if (ok && collect_columns(rows, t, b->reply) && wanted_choose(w, t, b))
	{
		size_t		i;
		json_t	   *row;

		json_array_foreach(rows, i, row)
		{
			fill_row(t, row);
			if (b->deployment->kind == DEPLOYMENT_SYNTHETIC)
				add_code(b->scan, row);
		}
	}
	json_decref(rows);
	return !b->reply->ready;
}

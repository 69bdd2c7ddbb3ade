#define _GNU_SOURCE
#include "faults/content.h"

#include <csv.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct search
{
	const char *column;			/* NULL: any */
	const char *value;
	bool		part;			/* the field may contain more than the value */
	bool		in_header;
	size_t		at;				/* number of the column; SIZE_MAX: not in the header */
	size_t		field;			/* of the current record */
	size_t		row;
	bool		found;			/* in the current record */
	struct buffer *rows;
};

static bool
is(const char *text, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(text, wanted, len) == 0;
}

static bool
matches(const struct search *s, const char *text, size_t len)
{
	if (s->part)
		return memmem(text, len, s->value, strlen(s->value)) != NULL;
	return is(text, len, s->value);
}

static void
take_field(void *text, size_t len, void *data)
{
	struct search *s = data;

	if (s->in_header && s->column && is(text, len, s->column))
		s->at = s->field;
	if (!s->in_header && (!s->column || s->field == s->at) && matches(s, text, len))
		s->found = true;
	s->field++;
}

static void
end_row(struct search *s)
{
	if (s->found)
		buffer_append(s->rows, &s->row, sizeof s->row);
	s->found = false;
	s->row++;
}

static void
take_record(int end, void *data)
{
	struct search *s = data;

	(void) end;
	s->field = 0;
	if (s->in_header)
		s->in_header = false;
	else
		end_row(s);
}

static void
find_in_csv(struct search *s, const struct buffer *text)
{
	struct csv_parser parser;

	s->in_header = true;
	s->at = SIZE_MAX;
	csv_init(&parser, 0);
	csv_parse(&parser, text->data, text->len, take_field, take_record, s);
	csv_fini(&parser, take_field, take_record, s);
	csv_free(&parser);
}

static bool
json_matches(const struct search *s, const json_t *value)
{
	char	   *text;
	bool		same;

	if (json_is_string(value))
		return matches(s, json_string_value(value), json_string_length(value));
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	same = text && matches(s, text, strlen(text));
	free(text);
	return same;
}

static void
find_in_json(struct search *s, const struct buffer *text)
{
	json_t	   *rows = json_loadb(text->data, text->len, JSON_ALLOW_NUL, NULL);
	size_t		i;
	json_t	   *row;

	json_array_foreach(rows, i, row)
	{
		const char *key;
		json_t	   *value;

		json_object_foreach(row, key, value)
			if ((!s->column || strcmp(key, s->column) == 0) && json_matches(s, value))
				s->found = true;
		end_row(s);
	}
	json_decref(rows);
}

void
content_find(const struct buffer *text, enum body_form form, const char *column, const char *value,
			 bool part, struct buffer *rows)
{
	struct search s = {.column = column, .value = value, .part = part, .rows = rows};

	if (form == FORM_JSON)
		find_in_json(&s, text);
	else if (form == FORM_CSV && text->len > 0)
		find_in_csv(&s, text);
}

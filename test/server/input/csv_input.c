#include "input/csv_input.h"

#include <csv.h>
#include <string.h>

#include "base/http_reply.h"
#include "input/input.h"
#include "input/table.h"

struct csv_reading
{
	const struct body_text *body;
	struct wanted *wanted;
	struct table *table;
	bool		header_done;
	size_t		field;			/* of the current record */
	struct cell *row;
};

static void
take_field(void *text, size_t len, void *data)
{
	struct csv_reading *r = data;
	struct table *t = r->table;

	if (r->body->reply->ready)
		return;
	if (!r->header_done)
	{
		table_add_column(t, text ? text : "", text ? len : 0);
		return;
	}
	if (r->field == 0)
		r->row = table_new_row(t);
	if (r->field < t->columns && t->slot[r->field] >= 0 && len > 0)
		r->row[t->slot[r->field]] =
			(struct cell) {arena_copy(&t->arena, text, len), (uint32_t) len, CELL_TEXT};
	r->field++;
}

static bool
check_header(struct csv_reading *r)
{
	const struct table *t = r->table;

	if (t->columns == 1 && !r->body->delimiter && strpbrk(t->names[0], ";\t|"))
	{
		reply_error(r->body->reply, 400, "only the comma is supported as a column separator");
		return false;
	}
	for (size_t i = 0; i < t->columns; i++)
		if (table_find(t, t->names[i]) != (int) i)
		{
			reply_error(r->body->reply, 400, "the column '%s' appears more than once",
						t->names[i]);
			return false;
		}
	return true;
}

static void
take_record(int end, void *data)
{
	struct csv_reading *r = data;
	struct reply *reply = r->body->reply;

	(void) end;
	if (reply->ready)
		return;
	if (!r->header_done)
	{
		r->header_done = true;
		if (check_header(r))
			wanted_choose(r->wanted, r->table, r->body);
		return;
	}
	if (r->field != r->table->columns)
		reply_error(reply, 400, "malformed CSV: record %zu has %zu fields, the header has %zu",
					r->table->rows, r->field, r->table->columns);
	r->field = 0;
}

/* For libcsv: spaces are a part of the field. */
static int
no_space(unsigned char c)
{
	(void) c;
	return 0;
}

static void
parse(struct csv_reading *r, struct csv_parser *parser)
{
	const struct buffer *text = r->body->text;
	struct reply *reply = r->body->reply;
	size_t		done = csv_parse(parser, text->data, text->len, take_field, take_record, r);

	if (reply->ready)
		return;
	if (done < text->len)
	{
		reply_error(reply, 400, "malformed CSV in record %zu: a quote where none can be",
					r->table->rows + (r->field == 0 && r->header_done));
		return;
	}
	/* after an error both callbacks ignore what this delivers */
	if (csv_fini(parser, take_field, take_record, r) != 0)
		reply_error(reply, 400, "malformed CSV: a quoted field has no end");
	else if (!reply->ready && r->table->rows == 0)
		reply_error(reply, 400, "there are no rows to predict");
}

bool
csv_input(const struct body_text *b, struct wanted *w, struct table *t)
{
	struct csv_reading r = {.body = b, .wanted = w, .table = t};
	struct csv_parser parser;

	csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
	csv_set_space_func(&parser, no_space);
	if (b->delimiter)
		csv_set_delim(&parser, (unsigned char) b->delimiter);
	if (b->quote)
		csv_set_quote(&parser, (unsigned char) b->quote);
	parse(&r, &parser);
	csv_free(&parser);
	return !b->reply->ready;
}

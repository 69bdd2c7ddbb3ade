#define _GNU_SOURCE
#include <string.h>

#include "base/numbers.h"
#include "batch/batch_reader.h"
#include "batch/batch_rows.h"
#include "batch/batch_spec.h"
#include "faults/fault.h"
#include "input/table.h"
#include "model/synthetic.h"

/* A field as it was sent, with its quotes. */
struct raw_field
{
	const char *text;
	size_t		len;
};

/* The fields of one record. */
struct raw_record
{
	const char *text;
	size_t		len;			/* without the line end */
	size_t		n;
	struct raw_field *fields;	/* as many as the header has */
	size_t		most;
	size_t		scored;			/* fields that the prediction is made of, the first ones */
};

/* The fields of a record without quotes; its text is known. */
static void
split_record(struct raw_record *r, char delimiter)
{
	const char *end = r->text + r->len;
	const char *field = r->text;

	for (r->n = 0; field; r->n++)
	{
		const char *at = memchr(field, delimiter, (size_t) (end - field));

		size_t		len = (size_t) ((at ? at : end) - field);

		if (r->n < r->most)
			r->fields[r->n] = (struct raw_field) {field, len};
		field = at ? at + 1 : NULL;
	}
}

/* The same for one that may have quotes: takes it, and returns where it ends. */
static const char *
take_quoted_record(struct raw_record *r, const char *at, const char *end, char delimiter,
				   char quote)
{
	const char *field = at;
	bool		in_quotes = false;

	r->text = at;
	r->n = 0;
	for (; at < end && (in_quotes || *at != '\n'); at++)
		if (*at == quote)
			in_quotes = !in_quotes;
		else if (*at == delimiter && !in_quotes)
		{
			if (r->n < r->most)
				r->fields[r->n] = (struct raw_field) {field, (size_t) (at - field)};
			r->n++;
			field = at + 1;
		}
	r->len = (size_t) (at - r->text);
	if (r->len > 0 && r->text[r->len - 1] == '\r')
		r->len--;
	if (r->n < r->most)
		r->fields[r->n] = (struct raw_field) {field, (size_t) (r->text + r->len - field)};
	r->n++;
	return at;
}

/* Takes the record that begins here; returns where the next one does. */
static const char *
take_record(struct raw_record *r, const char *at, const char *end, char delimiter, char quote)
{
	const char *stop = memchr(at, '\n', (size_t) (end - at));

	if (!stop)
		stop = end;
	if (memchr(at, quote, (size_t) (stop - at)))
		return take_quoted_record(r, at, end, delimiter, quote) + 1;
	r->text = at;
	r->len = (size_t) (stop - at);
	if (r->len > 0 && at[r->len - 1] == '\r')
		r->len--;
	split_record(r, delimiter);
	return stop + 1;
}

/* The text of a field without its quotes, which may not be doubled ones. */
static struct raw_field
unquoted(const struct raw_field *f, char quote)
{
	struct raw_field inner = *f;

	if (f->len >= 2 && f->text[0] == quote)
		inner = (struct raw_field) {f->text + 1, f->len - 2};
	return inner;
}

static bool
contains(const struct raw_field *f, const struct fault *fault)
{
	size_t		len = strlen(fault->value);

	return fault->part ? memmem(f->text, f->len, fault->value, len) != NULL
		: f->len == len && memcmp(f->text, fault->value, len) == 0;
}

/* Does a fault make this row bad? */
static bool
is_bad(const struct batch_rows *w, const struct raw_record *r, const struct table *header)
{
	const struct fault *f = w->fault;

	if (!f || f->kind != FAULT_BAD_ROW)
		return false;
	for (size_t i = 0; i < r->n; i++)
	{
		struct raw_field field = unquoted(&r->fields[i], w->spec->quote);

		if ((!f->column || strcmp(header->names[i], f->column) == 0) && contains(&field, f))
			return true;
	}
	return false;
}

/* Nine characters: a code, and the line end that it does not need. */
static void
write_code(struct buffer *out, const struct raw_record *r)
{
	size_t		len = r->scored < r->n
		? (size_t) (r->fields[r->scored].text - r->text - 1) : r->len;
	uint32_t	code = synthetic_code(r->text, len);

	synthetic_print(out, &code, 1);
	out->len--;
}

static void
write_column(const struct batch_rows *w, struct buffer *out, const struct raw_record *r,
			 const int *places, const char *failure, size_t i)
{
	const struct column *c = &w->columns.list[i];
	const char *instead = batch_rows_instead(w, i);

	if (instead)
		buffer_text(out, instead);
	else if (c->part == COLUMN_PASSTHROUGH)
		buffer_append(out, r->fields[places[c->which]].text, r->fields[places[c->which]].len);
	else if (batch_column_is_status(c))
		batch_format_field(w->format, out, failure ? failure : "OK", strlen(failure ? failure
																			: "OK"));
	else if (!failure)
		write_code(out, r);
}

static void
write_row(const struct batch_rows *w, struct buffer *out, const struct raw_record *r,
		  const int *places, const char *failure)
{
	for (int times = batch_rows_times(w); times > 0; times--)
	{
		for (size_t i = 0; i < w->columns.n; i++)
		{
			if (i)
				buffer_byte(out, w->spec->delimiter);
			write_column(w, out, r, places, failure, i);
		}
		buffer_byte(out, '\n');
	}
}

/* The rows of a chunk in reverse order, in place of them; starts has where each begins. */
static void
turn_round(struct buffer *out, size_t begin, const struct buffer *starts)
{
	const size_t *at = (const size_t *) starts->data;
	struct buffer turned = {0};
	size_t		end = out->len;

	for (size_t i = starts->len / sizeof *at; i-- > 0; end = at[i])
		buffer_append(&turned, out->data + at[i], end - at[i]);
	if (turned.len > 0)
		memcpy(out->data + begin, turned.data, turned.len);
	buffer_free(&turned);
}

static bool
take_rows(struct batch_rows *w, const struct batch_chunk *chunk, const struct table *header,
		  struct raw_record *r, const int *places, struct buffer *out,
		  struct batch_counts *counts)
{
	const char *end = chunk->text + chunk->len;
	bool		backwards = w->fault && w->fault->kind == FAULT_SHUFFLE_ROWS;
	size_t		begin = out->len;
	struct buffer starts = {0};

	for (const char *at = chunk->text + chunk->header; at < end;)
	{
		const char *failure;

		at = take_record(r, at, end, w->spec->delimiter, w->spec->quote);
		if (r->len == 0)
			continue;			/* an empty line is not a record */
		if (r->n != header->columns)
			return batch_rows_refuse(w, "malformed CSV: a record has too few or too many fields");
		if (backwards)
			buffer_append(&starts, &out->len, sizeof out->len);
		failure = is_bad(w, r, header) ? batch_rows_bad_text(w) : NULL;
		write_row(w, out, r, places, failure);
		w->number++;
		counts->scored += !failure;
		counts->failed += failure != NULL;
	}
	turn_round(out, begin, &starts);
	buffer_free(&starts);
	return true;
}

static bool
is_passed(const int *places, size_t n, size_t place)
{
	for (size_t i = 0; i < n; i++)
		if (places[i] == (int) place)
			return true;
	return false;
}

/*
 * Columns at the end that are passed through are no features. The others are all there
 * is when nothing else would be left.
 */
static size_t
scored_columns(const struct table *header, const int *places, size_t n)
{
	size_t		scored = header->columns;

	while (scored > 0 && is_passed(places, n, scored - 1))
		scored--;
	return scored > 0 ? scored : header->columns;
}

bool
batch_synthetic_run(struct batch_rows *w, const struct batch_chunk *chunk,
					const struct table *header, const struct wanted *wanted, struct buffer *out,
					struct batch_counts *counts)
{
	struct raw_record r = {.most = header->columns};
	struct buffer places = {0};
	struct buffer fields = {0};
	bool		ok;

	for (size_t i = 0; i < wanted->n_passthrough; i++)
	{
		int			place = table_find(header, wanted->passthrough_names[i]);

		buffer_append(&places, &place, sizeof place);
	}
	buffer_reserve(&fields, header->columns * sizeof *r.fields);
	r.fields = (struct raw_field *) fields.data;
	r.scored = scored_columns(header, (const int *) places.data, wanted->n_passthrough);
	ok = take_rows(w, chunk, header, &r, (const int *) places.data, out, counts);
	buffer_free(&fields);
	buffer_free(&places);
	return ok;
}

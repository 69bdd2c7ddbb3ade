#include "batch/batch_scorer.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv_output.h"
#include "base/http_reply.h"
#include "batch/batch_reader.h"
#include "batch/batch_rows.h"
#include "batch/batch_spec.h"
#include "faults/content.h"
#include "faults/fault.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/result.h"
#include "scoring/scorer.h"

struct batch_scorer
{
	struct batch_rows rows;
	struct parameters params;	/* with the association ID among the passthrough columns */
	char	  **passthrough;	/* the list in it */
	bool		began;
	struct table header;		/* without rows */
	struct wanted wanted;		/* of the header */

	/* of one chunk */
	struct table *table;
	struct wanted *chosen;
	struct buffer *out;
	struct batch_counts *counts;
};

/* ---- what the two ways of scoring share */

bool
batch_rows_refuse(struct batch_rows *w, const char *why)
{
	if (!w->why)
		w->why = must_copy(why);
	return false;
}

static bool
is_hit(const struct batch_rows *w, enum fault_kind kind)
{
	return w->fault && w->fault->kind == kind && w->number == (uint64_t) w->fault->row;
}

int
batch_rows_times(const struct batch_rows *w)
{
	return is_hit(w, FAULT_ROW_MISSING) ? 0 : is_hit(w, FAULT_ROW_DOUBLED) ? 2 : 1;
}

/* Is it the column that the fault names, if it names one? */
static bool
is_named(const struct batch_rows *w, const struct column *c)
{
	const char *name = w->fault->column;

	return !name || (strlen(name) == c->name.len && memcmp(name, c->name.data, c->name.len) == 0);
}

const char *
batch_rows_instead(const struct batch_rows *w, size_t column)
{
	const struct column *c = &w->columns.list[column];

	if (c->part == COLUMN_PASSTHROUGH && is_hit(w, FAULT_ROW_UNKNOWN) && is_named(w, c))
		return w->fault->text ? w->fault->text : "999999999";
	if (c->part == COLUMN_ANY && !batch_column_is_status(c) && is_hit(w, FAULT_ROW_TEXT))
		return w->fault->text ? w->fault->text : "n/a";
	return NULL;
}

const char *
batch_rows_bad_text(const struct batch_rows *w)
{
	return w->fault->text ? w->fault->text : "The row cannot be scored";
}

/* ---- rows of a model */

static void
write_failed_cell(struct batch_scorer *s, size_t row, const struct column *c, const char *failure)
{
	if (c->part == COLUMN_PASSTHROUGH)
	{
		int			slot = s->chosen->passthrough_slots[c->which];
		const struct cell *cell = table_cell(s->table, row, slot);

		csv_write_field(s->out, cell->text, cell->len);
	}
	else if (batch_column_is_status(c))
		csv_write_text(s->out, failure);
}

/* result NULL: the row failed */
static void
write_row(struct batch_scorer *s, const struct result *result, size_t row, const char *failure)
{
	const struct columns *c = &s->rows.columns;

	for (int times = batch_rows_times(&s->rows); times > 0; times--)
	{
		for (size_t i = 0; i < c->n; i++)
		{
			const char *instead = batch_rows_instead(&s->rows, i);

			if (i)
				buffer_byte(s->out, ',');
			if (instead)
				csv_write_text(s->out, instead);
			else if (result)
				c->list[i].write(s->out, result, row, &c->list[i]);
			else
				write_failed_cell(s, row, &c->list[i], failure);
		}
		buffer_byte(s->out, '\n');
	}
	s->rows.number++;
}

static void
write_rows(struct batch_scorer *s, const struct result *result)
{
	const struct fault *f = s->rows.fault;
	bool		backwards = f && f->kind == FAULT_SHUFFLE_ROWS;

	for (size_t i = 0; i < result->rows; i++)
		write_row(s, result, backwards ? result->rows - 1 - i : i, NULL);
	s->counts->scored += result->rows;
	if (result->rows < result->table->rows)
		s->counts->skipped += result->table->rows - result->rows;
}

/* The message of an error; to be freed. */
static char *
message_of(const struct reply *reply)
{
	json_t	   *json = json_loadb(reply->body.data, reply->body.len, 0, NULL);
	const char *text = batch_text(json, "message");
	char	   *message = text ? must_copy(text) : json_dumps(json_object_get(json, "message"), 0);

	json_decref(json);
	return message ? message : must_copy("The row cannot be scored");
}

static void
fail_rows(struct batch_scorer *s, size_t from, size_t count, const char *why)
{
	for (size_t row = from; row < from + count; row++)
		write_row(s, NULL, row, why);
	s->counts->failed += count;
}

/*
 * Scores rows of the table together. If that fails, each half by itself, so that only the rows
 * fail that cannot be scored. Time series need all their rows.
 */
static bool
score(struct batch_scorer *s, size_t from, size_t count)
{
	struct table part = *s->table;
	struct reply reply = {0};
	float	   *values = NULL;
	struct result result = {.deployment = s->rows.spec->deployment,
							.params = &s->params,
							.table = &part,
							.wanted = s->chosen,
							.decimals = s->params.decimals,
							.operation = OPERATION_PREDICT};
	bool		ok;
	char	   *why = NULL;

	part.cells += from * part.kept;
	part.rows = count;
	ok = scorer_run(&result, &values, &reply);
	if (ok)
		write_rows(s, &result);
	else
		why = message_of(&reply);
	free(values);
	result_free(&result);
	reply_clear(&reply);
	if (!ok && s->rows.spec->deployment->time)
		ok = batch_rows_refuse(&s->rows, why);
	else if (!ok && (count == 1 || !s->rows.spec->by_row))
		fail_rows(s, from, count, why);
	else if (!ok)
		ok = score(s, from, count / 2) && score(s, from + count / 2, count - count / 2);
	free(why);
	return !s->rows.why;
}

/* Scores all rows except those that a fault makes bad. */
static bool
score_around(struct batch_scorer *s, const struct buffer *text)
{
	const struct fault *f = s->rows.fault;
	struct buffer bad = {0};
	const size_t *rows;
	size_t		at = 0;
	bool		ok = true;

	if (f && f->kind == FAULT_BAD_ROW)
		content_find(text, FORM_CSV, f->column, f->value, f->part, &bad);
	rows = (const size_t *) bad.data;
	for (size_t i = 0; i < bad.len / sizeof *rows && ok; i++)
	{
		ok = rows[i] == at || score(s, at, rows[i] - at);
		fail_rows(s, rows[i], 1, batch_rows_bad_text(&s->rows));
		at = rows[i] + 1;
	}
	ok = ok && (at == s->table->rows || score(s, at, s->table->rows - at));
	buffer_free(&bad);
	return ok;
}

/* ---- a chunk */

static struct body_text
body_of(struct batch_scorer *s, const struct buffer *text, struct reply *reply)
{
	const struct batch_spec *spec = s->rows.spec;

	return (struct body_text) {.text = text,
							   .form = FORM_CSV,
							   .delimiter = spec->delimiter == ',' ? 0 : spec->delimiter,
							   .quote = spec->quote,
							   .deployment = spec->deployment,
							   .params = &s->params,
							   .reply = reply};
}

/* The association ID's column is passed through always. */
static void
add_association(struct batch_scorer *s)
{
	const char *name = s->rows.spec->deployment->association_id;

	if (!name || s->params.passthrough_all || table_find(&s->header, name) < 0)
		return;
	for (size_t i = 0; i < s->params.n_passthrough; i++)
		if (strcmp(s->params.passthrough[i], name) == 0)
			return;
	s->passthrough[s->params.n_passthrough++] = (char *) name;
}

/*
 * Reads the header by itself, which always ends in an error, as there are no rows: 400 for that,
 * and for missing passthrough columns; 422 for those that the model needs.
 */
static bool
read_header(struct batch_scorer *s, const struct batch_chunk *chunk)
{
	struct buffer text = {.data = (char *) chunk->text, .len = chunk->header};

	for (int round = 0; round < 2; round++)
	{
		struct reply reply = {0};
		struct body_text b = body_of(s, &text, &reply);
		char	   *why;

		table_free(&s->header);
		wanted_free(&s->wanted);
		input_read(&b, &s->wanted, &s->header);
		why = message_of(&reply);
		reply_clear(&reply);
		if (round == 0)
			add_association(s);
		else if (strcmp(why, "there are no rows to predict") != 0)
			batch_rows_refuse(&s->rows, why);
		free(why);
	}
	return !s->rows.why;
}

static bool
begin(struct batch_scorer *s, const struct batch_chunk *chunk, struct buffer *out)
{
	char	   *why;

	if (!read_header(s, chunk))
		return false;
	why = batch_columns_choose(&s->rows.columns, s->rows.spec, &s->wanted, s->rows.fault);
	if (why)
	{
		s->rows.why = why;
		return false;
	}
	batch_columns_header(&s->rows.columns, out);
	batch_format_separate(s->rows.format, out);
	s->began = true;
	return true;
}

static bool
run_model(struct batch_scorer *s, const struct batch_chunk *chunk)
{
	struct buffer text = {.data = (char *) chunk->text, .len = chunk->len};
	struct table table = {0};
	struct wanted wanted = {0};
	struct reply reply = {0};
	struct body_text b = body_of(s, &text, &reply);
	bool		ok = input_read(&b, &wanted, &table);

	s->table = &table;
	s->chosen = &wanted;
	if (!ok)
	{
		char	   *why = message_of(&reply);

		batch_rows_refuse(&s->rows, why);
		free(why);
	}
	ok = ok && score_around(s, &text);
	reply_clear(&reply);
	wanted_free(&wanted);
	table_free(&table);
	return ok;
}

struct batch_scorer *
batch_scorer_new(const struct batch_spec *spec, const struct fault *f)
{
	struct batch_scorer *s = must_alloc(sizeof *s);
	size_t		count = spec->params.n_passthrough;

	*s = (struct batch_scorer) {.rows = {.spec = spec, .fault = f}, .params = spec->params};
	s->rows.format = batch_format_new(spec->delimiter, spec->quote,
									  spec->output->reach == REACH_DATABASE ? "UTF-8"
									  : spec->charset);
	s->passthrough = must_alloc((count + 1) * sizeof *s->passthrough);
	memcpy(s->passthrough, spec->params.passthrough, count * sizeof *s->passthrough);
	s->params.passthrough = s->passthrough;
	return s;
}

bool
batch_scorer_run(struct batch_scorer *s, const struct batch_chunk *chunk, struct buffer *out,
				 struct batch_counts *counts)
{
	struct buffer rows = {0};
	bool		ok = s->began || begin(s, chunk, out);

	s->out = &rows;
	s->counts = counts;
	if (ok && s->rows.spec->deployment->kind == DEPLOYMENT_SYNTHETIC)
		ok = batch_synthetic_run(&s->rows, chunk, &s->header, &s->wanted, &rows, counts);
	else if (ok)
	{
		ok = run_model(s, chunk);
		batch_format_separate(s->rows.format, &rows);
	}
	buffer_append(out, rows.data, rows.len);
	buffer_free(&rows);
	if (ok && !batch_format_encode(s->rows.format, out))
		return batch_rows_refuse(&s->rows, "a character of the output is not in its encoding");
	return ok;
}

const char *
batch_scorer_why(const struct batch_scorer *s)
{
	return s->rows.why;
}

void
batch_scorer_free(struct batch_scorer *s)
{
	columns_free(&s->rows.columns);
	batch_format_free(s->rows.format);
	wanted_free(&s->wanted);
	table_free(&s->header);
	free(s->rows.why);
	free(s->passthrough);
	free(s);
}

#include "input/regular_series.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_output.h"
#include "base/http_reply.h"
#include "base/timestamps.h"
#include "input/input.h"
#include "input/params.h"
#include "input/table.h"
#include "model/registry.h"

/* A row's place. */
struct place
{
	size_t		row;
	const struct cell *series;	/* NULL: there is only one */
	int64_t		time;
};

/* What a file is prepared for, and how far that is. */
struct preparation
{
	const struct deployment *deployment;
	struct table table;
	struct wanted wanted;		/* all columns */
	struct place *places;
	struct buffer *out;
};

bool
regular_series_suit(const struct deployment *d)
{
	return d->time && d->time->regular;
}

static const struct cell *
cell_of(const struct preparation *p, size_t row, enum input_role role)
{
	int			input = deployment_input(p->deployment, role);

	return input < 0 ? NULL : table_cell(&p->table, row, p->wanted.input_slots[input]);
}

static int
compare_series(const struct cell *a, const struct cell *b)
{
	size_t		len;
	int			order;

	if (!a)
		return 0;
	len = a->len < b->len ? a->len : b->len;
	order = memcmp(a->text, b->text, len);
	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int
by_place(const void *a, const void *b)
{
	const struct place *p = a;
	const struct place *q = b;
	int			order = compare_series(p->series, q->series);

	if (order == 0)
		order = (p->time > q->time) - (p->time < q->time);
	return order ? order : (p->row > q->row) - (p->row < q->row);
}

/* False: an error is in the reply. */
static bool
sort_rows(struct preparation *p, struct reply *reply)
{
	p->places = must_alloc((p->table.rows + 1) * sizeof *p->places);
	for (size_t row = 0; row < p->table.rows; row++)
	{
		const struct cell *time = cell_of(p, row, INPUT_TIME);

		p->places[row] = (struct place) {row, cell_of(p, row, INPUT_SERIES), 0};
		if (!timestamp_parse(time->text, time->len, p->deployment->time->date_format,
							 &p->places[row].time))
		{
			reply_error(reply, 422, "row %zu: '%.*s' is not a date of the model's format", row,
						(int) time->len, time->text);
			return false;
		}
	}
	qsort(p->places, p->table.rows, sizeof *p->places, by_place);
	return true;
}

static void
write_row(struct preparation *p, size_t row, int64_t time)
{
	int			input = deployment_input(p->deployment, INPUT_TIME);
	char		text[TIMESTAMP_TEXT_MAX];
	int			len = timestamp_print_as(text, time, p->deployment->time->date_format);

	for (size_t i = 0; i < p->wanted.n_passthrough; i++)
	{
		int			slot = p->wanted.passthrough_slots[i];
		const struct cell *cell = table_cell(&p->table, row, slot);

		if (i)
			buffer_byte(p->out, ',');
		if (slot == p->wanted.input_slots[input])
			csv_write_field(p->out, text, (size_t) len);
		else if (cell->kind != CELL_MISSING)
			csv_write_field(p->out, cell->text, cell->len);
	}
	buffer_byte(p->out, '\n');
}

/* A row, and those that are missing between it and the next one of its series. */
static void
write_step(struct preparation *p, size_t i)
{
	const struct place *here = &p->places[i];
	const struct place *next = i + 1 < p->table.rows ? here + 1 : NULL;
	int64_t		step = p->deployment->time->step;
	int64_t		end = here->time + step;

	if (next && compare_series(here->series, next->series) == 0)
		end = next->time;
	for (int64_t time = here->time; time < end; time += step)
		write_row(p, here->row, time);
}

bool
regular_series_make(const struct deployment *d, const struct buffer *csv, struct buffer *out,
					struct reply *reply)
{
	struct parameters params = {.passthrough_all = true};
	struct preparation p = {.deployment = d, .out = out};
	struct body_text body = {.text = csv, .form = FORM_CSV, .deployment = d, .params = &params,
							 .reply = reply};
	bool		ok = input_read(&body, &p.wanted, &p.table) && sort_rows(&p, reply);

	for (size_t i = 0; ok && i < p.wanted.n_passthrough; i++)
	{
		if (i)
			buffer_byte(out, ',');
		csv_write_text(out, p.wanted.passthrough_names[i]);
	}
	if (ok)
		buffer_byte(out, '\n');
	for (size_t i = 0; ok && i < p.table.rows; i++)
		write_step(&p, i);
	free(p.places);
	wanted_free(&p.wanted);
	table_free(&p.table);
	return ok;
}

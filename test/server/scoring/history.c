#include "scoring/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/http_reply.h"
#include "base/timestamps.h"
#include "input/input.h"
#include "input/table.h"
#include "scoring/result.h"
#include "scoring/time_series.h"

enum { MEAN_OF = 7, SEASON = 7 };

/* The rows to split. */
struct splitting
{
	const struct result *result;
	struct reply *reply;
	struct histories *out;
};

static const struct cell *
cell_of(const struct splitting *w, size_t row, enum input_role role)
{
	int			input = deployment_input(w->result->deployment, role);

	return table_cell(w->result->table, row, w->result->wanted->input_slots[input]);
}

/* ---- the rows as series */

static bool
same_text(const struct cell *a, const struct cell *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* Rows of a series mostly follow each other, so the search begins at the end. */
static struct history *
find_series(struct splitting *w, size_t row)
{
	bool		several = w->result->deployment->time->series_column != NULL;
	const struct cell *id = several ? cell_of(w, row, INPUT_SERIES) : NULL;
	struct histories *all = w->out;

	for (size_t i = all->n; i-- > 0;)
		if (!id || same_text(all->list[i].id, id))
			return &all->list[i];
	all->list = must_realloc(all->list, (all->n + 1) * sizeof *all->list);
	all->list[all->n] = (struct history) {.id = id};
	return &all->list[all->n++];
}

/* The target is a number, or 1 for the positive class and 0 for the other. */
static bool
read_target(const struct splitting *w, const struct cell *c, float *target)
{
	const struct deployment *d = w->result->deployment;

	*target = NAN;
	if (cell_is_missing(c))
		return true;
	if (d->n_classes == 0)
		return cell_number(c, target);
	for (size_t i = 0; i < d->n_classes; i++)
		if (strlen(d->classes[i]) == c->len && memcmp(d->classes[i], c->text, c->len) == 0)
			*target = i == 0;
	return !isnan(*target);
}

static bool
read_point(struct splitting *w, size_t row, struct point *p)
{
	const struct cell *time = cell_of(w, row, INPUT_TIME);
	const struct cell *target = cell_of(w, row, INPUT_TARGET);
	const char *format = w->result->deployment->time->date_format;
	const char *text = time->text ? time->text : "";
	struct reply *reply = w->reply;

	p->row = row;
	if (!timestamp_parse(text, time->len, format, &p->time))
		reply_error(reply, 400, "row %zu: the date '%.*s' does not match the format '%s'", row,
					time->len < 60 ? (int) time->len : 60, text, format);
	else if (!read_target(w, target, &p->target))
		reply_error(reply, 400, "row %zu: '%.*s' is no value of the target", row,
					target->len < 60 ? (int) target->len : 60, target->text);
	return !reply->ready;
}

static int
by_time(const void *a, const void *b)
{
	const struct point *x = a;
	const struct point *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->row < y->row ? -1 : 1;
}

static bool
sort_series(struct splitting *w, struct history *h)
{
	qsort(h->points, h->n, sizeof *h->points, by_time);
	for (size_t i = 1; i < h->n; i++)
		if (h->points[i].time == h->points[i - 1].time)
		{
			reply_error(w->reply, 400,
						"rows %zu and %zu have the same date in the same series",
						h->points[i - 1].row, h->points[i].row);
			return false;
		}
	return true;
}

bool
histories_split(const struct result *result, struct reply *reply, struct histories *out)
{
	struct splitting w = {.result = result, .reply = reply, .out = out};

	for (size_t row = 0; row < result->table->rows; row++)
	{
		struct point p;
		struct history *h;

		if (!read_point(&w, row, &p))
			return false;
		h = find_series(&w, row);
		if ((h->n & (h->n + 1)) == 0)	/* grow at 0, 1, 3, 7, ... */
			h->points = must_realloc(h->points, (h->n * 2 + 1) * sizeof *h->points);
		h->points[h->n++] = p;
	}
	for (size_t i = 0; i < out->n; i++)
		if (!sort_series(&w, &out->list[i]))
			return false;
	return true;
}

void
histories_free(struct histories *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->list[i].points);
	free(h->list);
}

/* ---- features of the past */

/* The last points with a known target up to a time, the newest last; returns their number. */
static size_t
known_until(const struct history *h, int64_t time, const struct point **known, size_t most)
{
	size_t		n = 0;

	for (size_t i = h->n; i-- > 0 && n < most;)
		if (h->points[i].time <= time && !isnan(h->points[i].target))
			known[most - ++n] = &h->points[i];
	return n;
}

size_t
history_known(const struct history *h, int64_t time)
{
	size_t		known = 0;

	for (size_t i = 0; i < h->n && h->points[i].time <= time; i++)
		known += !isnan(h->points[i].target);
	return known;
}

int64_t
histories_newest(const struct histories *h)
{
	int64_t		newest = INT64_MIN;

	for (size_t i = 0; i < h->n; i++)
		for (size_t p = 0; p < h->list[i].n; p++)
			if (!isnan(h->list[i].points[p].target) && h->list[i].points[p].time > newest)
				newest = h->list[i].points[p].time;
	return newest;
}

float
history_target(const struct history *h, int64_t time)
{
	for (size_t i = h->n; i-- > 0;)
		if (h->points[i].time == time)
			return h->points[i].target;
	return NAN;
}

static float
mean_until(const struct history *h, int64_t time)
{
	const struct point *known[MEAN_OF];
	size_t		n = known_until(h, time, known, MEAN_OF);
	double		sum = 0;

	for (size_t i = MEAN_OF - n; i < MEAN_OF; i++)
		sum += (double) known[i]->target;
	return n ? (float) (sum / (double) n) : NAN;
}

float
history_feature(const struct history *h, const struct forecast *f, int64_t step,
				enum feature_made made)
{
	const struct point *last;

	switch (made)
	{
		case MADE_LAST:
			return known_until(h, f->point, &last, 1) ? last->target : NAN;
		case MADE_MEAN:
			return mean_until(h, f->point);
		case MADE_SEASON:
			return history_target(h, f->time - SEASON * step);
		case MADE_DISTANCE:
			return (float) f->distance;
		case MADE_WEEKDAY:
			return (float) timestamp_weekday(f->time);
		default:
			return NAN;
	}
}

#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "deployments.h"
#include "encode.h"
#include "input.h"
#include "request.h"
#include "result.h"
#include "table.h"
#include "timestamps.h"

enum { MEAN_OF = 7, SEASON = 7 };

/* A row of the request, as a point of its series. */
struct point
{
	size_t		row;
	int64_t		time;
	float		target;			/* NaN: not known */
};

/* The points of one series, in the order of time. */
struct history
{
	const struct cell *id;		/* NULL: a single series */
	size_t		n;
	struct point *points;
};

/* Work on one request. */
struct work
{
	struct request *request;
	const struct wanted *wanted;
	const struct table *table;
	const struct time_series *time;
	size_t		n_series;
	struct history *series;
	size_t		n_made;			/* rows that were left out */
	struct buffer forecasts;	/* struct forecast each */
	struct buffer features;		/* n_columns floats each */
};

static const struct cell *
cell_of(const struct work *w, size_t row, enum input_role role)
{
	int			input = deployment_input(w->request->deployment, role);

	return table_cell(w->table, row, w->wanted->input_slots[input]);
}

/* ---- the rows as series */

static bool
same_text(const struct cell *a, const struct cell *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* Rows of a series mostly follow each other: look from the end. */
static struct history *
find_series(struct work *w, size_t row)
{
	const struct cell *id = w->time->series_column ? cell_of(w, row, INPUT_SERIES) : NULL;

	for (size_t i = w->n_series; i-- > 0;)
		if (!id || same_text(w->series[i].id, id))
			return &w->series[i];
	w->series = must_realloc(w->series, (w->n_series + 1) * sizeof *w->series);
	w->series[w->n_series] = (struct history) {.id = id};
	return &w->series[w->n_series++];
}

/* The target is a number, or 1 for the positive class and 0 for the other. */
static bool
read_target(const struct work *w, const struct cell *c, float *target)
{
	const struct deployment *d = w->request->deployment;

	*target = NAN;
	if (encode_is_missing(c))
		return true;
	if (d->n_classes == 0)
		return encode_number(c, target);
	for (size_t i = 0; i < d->n_classes; i++)
		if (strlen(d->classes[i]) == c->len && memcmp(d->classes[i], c->text, c->len) == 0)
			*target = i == 0;
	return !isnan(*target);
}

static bool
read_point(struct work *w, size_t row, struct point *p)
{
	const struct cell *time = cell_of(w, row, INPUT_TIME);
	const struct cell *target = cell_of(w, row, INPUT_TARGET);
	struct reply *reply = &w->request->reply;

	p->row = row;
	if (!timestamp_parse(time->text ? time->text : "", time->len, w->time->date_format, &p->time))
		reply_error(reply, 400, "row %zu: the date '%.*s' does not match the format '%s'", row,
					time->len < 60 ? (int) time->len : 60, time->text ? time->text : "",
					w->time->date_format);
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
sort_series(struct work *w, struct history *h)
{
	qsort(h->points, h->n, sizeof *h->points, by_time);
	for (size_t i = 1; i < h->n; i++)
		if (h->points[i].time == h->points[i - 1].time)
		{
			reply_error(&w->request->reply, 400,
						"rows %zu and %zu have the same date in the same series",
						h->points[i - 1].row, h->points[i].row);
			return false;
		}
	return true;
}

static bool
split_series(struct work *w)
{
	for (size_t row = 0; row < w->table->rows; row++)
	{
		struct point p;
		struct history *h;

		if (!read_point(w, row, &p))
			return false;
		h = find_series(w, row);
		if ((h->n & (h->n + 1)) == 0)	/* grow at 0, 1, 3, 7, ... */
			h->points = must_realloc(h->points, (h->n * 2 + 1) * sizeof *h->points);
		h->points[h->n++] = p;
	}
	for (size_t i = 0; i < w->n_series; i++)
		if (!sort_series(w, &w->series[i]))
			return false;
	return true;
}

/* ---- what the model sees */

/* Points with a known target at or before a time, the newest last; returns how many, `most` at most. */
static size_t
known_until(const struct history *h, int64_t time, const struct point **known, size_t most)
{
	size_t		n = 0;

	for (size_t i = h->n; i-- > 0 && n < most;)
		if (h->points[i].time <= time && !isnan(h->points[i].target))
			known[most - ++n] = &h->points[i];
	return n;
}

static bool
has_history(const struct work *w, const struct history *h, int64_t point)
{
	size_t		known = 0;

	for (size_t i = 0; i < h->n && h->points[i].time <= point; i++)
		known += !isnan(h->points[i].target);
	return known >= w->time->history;
}

static float
target_at(const struct history *h, int64_t time)
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

static float
make_feature(const struct work *w, const struct history *h, const struct forecast *f,
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
			return target_at(h, f->time - SEASON * w->time->step);
		case MADE_DISTANCE:
			return (float) f->distance;
		case MADE_WEEKDAY:
			return (float) timestamp_weekday(f->time);
		default:
			return NAN;
	}
}

static bool
check_known_in_advance(struct work *w, const struct feature *f, const float *value, size_t row)
{
	if (!f->known_in_advance || !isnan(*value) || w->request->params.relax)
		return true;
	reply_error(&w->request->reply, 400,
				"row %zu: the known in advance feature '%s' has no value in the forecast window", row,
				f->name);
	return false;
}

/* One prediction more. */
static bool
add_forecast(struct work *w, const struct history *h, const struct forecast *f)
{
	const struct deployment *d = w->request->deployment;
	size_t		size = d->n_columns * sizeof(float);
	float	   *values;

	buffer_append(&w->forecasts, f, sizeof *f);
	buffer_reserve(&w->features, size);
	values = (float *) (w->features.data + w->features.len);
	w->features.len += size;
	for (size_t i = 0; i < d->n_columns; i++)
		values[i] = NAN;
	if (!f->made && !encode_row(w->request, w->wanted, w->table, f->row_id, values))
		return false;
	for (size_t i = 0; i < d->n_features; i++)
	{
		const struct feature *feature = &d->features[i];

		if (feature->made != MADE_NOT)
			values[feature->column] = make_feature(w, h, f, feature->made);
		else if (!f->made
				 && !check_known_in_advance(w, feature, values + feature->column, f->row_id))
			return false;
	}
	return true;
}

/* ---- forecast mode: one point, the rows behind it */

/* The newest date with a known target in any series. */
static int64_t
infer_point(const struct work *w)
{
	int64_t		newest = INT64_MIN;

	for (size_t i = 0; i < w->n_series; i++)
		for (size_t p = 0; p < w->series[i].n; p++)
			if (!isnan(w->series[i].points[p].target) && w->series[i].points[p].time > newest)
				newest = w->series[i].points[p].time;
	return newest;
}

static int
distance_of(const struct work *w, int64_t point, int64_t time)
{
	int64_t		gap = time - point;

	if (gap <= 0 || gap % w->time->step != 0 || gap / w->time->step > (int64_t) w->time->distances)
		return 0;
	return (int) (gap / w->time->step);
}

/* Rows of the forecast window that were left out, as the service makes them. */
static bool
expand(struct work *w, const struct history *h, int64_t point)
{
	for (size_t d = 1; d <= w->time->distances; d++)
	{
		struct forecast f = {.row_id = w->table->rows + w->n_made++,
							 .made = true,
							 .series = h->id,
							 .point = point,
							 .time = point + (int64_t) d * w->time->step,
							 .distance = (int) d};

		if (!add_forecast(w, h, &f))
			return false;
	}
	return true;
}

static bool
forecast_series(struct work *w, const struct history *h, int64_t point)
{
	size_t		before = w->forecasts.len;

	if (!has_history(w, h, point))
	{
		reply_error(&w->request->reply, 400,
					"not enough history: the series '%.*s' needs %zu rows with a known target up to "
					"the forecast point",
					h->id ? (int) h->id->len : 0, h->id ? h->id->text : "", w->time->history);
		return false;
	}
	for (size_t i = 0; i < h->n; i++)
	{
		struct forecast f = {.row_id = h->points[i].row,
							 .series = h->id,
							 .point = point,
							 .time = h->points[i].time,
							 .distance = distance_of(w, point, h->points[i].time)};

		if (f.distance > 0 && !add_forecast(w, h, &f))
			return false;
	}
	return w->forecasts.len > before || !w->time->regular || expand(w, h, point);
}

/* ---- historical mode: every point from which a row of the range can be seen */

static bool
look_back(struct work *w, const struct history *h, const struct point *p)
{
	for (size_t d = 1; d <= w->time->distances; d++)
	{
		struct forecast f = {.row_id = p->row,
							 .series = h->id,
							 .point = p->time - (int64_t) d * w->time->step,
							 .time = p->time,
							 .distance = (int) d};

		if (!isnan(target_at(h, f.point)) && has_history(w, h, f.point) && !add_forecast(w, h, &f))
			return false;
	}
	return true;
}

static bool
predict_range(struct work *w, const struct history *h)
{
	const struct parameters *p = &w->request->params;

	for (size_t i = 0; i < h->n; i++)
		if (h->points[i].time >= p->start && h->points[i].time < p->end
			&& !look_back(w, h, &h->points[i]))
			return false;
	return true;
}

static bool
choose_rows(struct work *w)
{
	const struct parameters *p = &w->request->params;
	int64_t		point = p->has_point ? p->point : infer_point(w);

	for (size_t i = 0; i < w->n_series; i++)
		if (!(p->has_start ? predict_range(w, &w->series[i])
			  : forecast_series(w, &w->series[i], point)))
			return false;
	if (w->forecasts.len == 0)
		reply_error(&w->request->reply, 400,
					p->has_start ? "No valid output rows"
					: "There are no rows in the forecast window");
	return w->forecasts.len > 0;
}

/* Answers come in the order of the rows that were sent; where the times are mixed, sort. */
static void
restore_order(struct work *w, size_t rows, float *values)
{
	struct forecast *f = (struct forecast *) w->forecasts.data;
	size_t		columns = w->request->deployment->n_columns;
	struct forecast one;
	float	   *held = must_alloc(columns * sizeof *held);

	for (size_t i = 1; i < rows; i++)
	{
		size_t		to = i;

		one = f[i];
		memcpy(held, values + i * columns, columns * sizeof *held);
		for (; to > 0 && f[to - 1].row_id > one.row_id; to--)
		{
			f[to] = f[to - 1];
			memcpy(values + to * columns, values + (to - 1) * columns, columns * sizeof *held);
		}
		f[to] = one;
		memcpy(values + to * columns, held, columns * sizeof *held);
	}
	free(held);
}

float *
series_features(struct request *r, const struct wanted *wanted, const struct table *t,
				struct result *result)
{
	struct work w = {
		.request = r, .wanted = wanted, .table = t, .time = r->deployment->time};
	bool		ok = split_series(&w) && choose_rows(&w);
	float	   *values = (float *) w.features.data;

	for (size_t i = 0; i < w.n_series; i++)
		free(w.series[i].points);
	free(w.series);
	if (!ok)
	{
		buffer_free(&w.forecasts);
		buffer_free(&w.features);
		return NULL;
	}
	result->rows = w.forecasts.len / sizeof *result->forecasts;
	restore_order(&w, result->rows, values);
	result->forecasts = (struct forecast *) w.forecasts.data;
	return values;
}

void
series_free(struct forecast *forecasts)
{
	free(forecasts);
}

void
series_original_time(const struct result *result, size_t row, struct buffer *text)
{
	const struct deployment *d = result->deployment;
	int			slot = result->wanted->input_slots[deployment_input(d, INPUT_TIME)];
	const struct cell *sent = result_cell(result, row, slot);

	if (sent)
	{
		buffer_append(text, sent->text, sent->len);
		return;
	}
	buffer_reserve(text, TIMESTAMP_TEXT_MAX);
	text->len += (size_t) timestamp_print_as(text->data + text->len, result->forecasts[row].time,
											 d->time->date_format);
}

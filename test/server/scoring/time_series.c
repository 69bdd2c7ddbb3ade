#include "scoring/time_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_reply.h"
#include "base/timestamps.h"
#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/feature_matrix.h"
#include "scoring/history.h"
#include "scoring/result.h"

/* The forecasts of one request. */
struct forecasting
{
	const struct result *result;
	struct reply *reply;
	const struct time_series *time;
	struct histories series;
	size_t		n_made;			/* rows that the server made */
	struct buffer forecasts;	/* struct forecast each */
	struct buffer features;		/* n_columns floats each */
};

static bool
check_known_in_advance(struct forecasting *w, const struct feature *f, const float *value,
					   size_t row)
{
	if (!f->known_in_advance || !isnan(*value) || w->result->params->relax)
		return true;
	reply_error(w->reply, 400,
				"row %zu: the known in advance feature '%s' has no value in the forecast window",
				row, f->name);
	return false;
}

/* Adds a prediction. */
static bool
add_forecast(struct forecasting *w, const struct history *h, const struct forecast *f)
{
	const struct deployment *d = w->result->deployment;
	size_t		size = d->n_columns * sizeof(float);
	float	   *values;

	buffer_append(&w->forecasts, f, sizeof *f);
	buffer_reserve(&w->features, size);
	values = (float *) (w->features.data + w->features.len);
	w->features.len += size;
	for (size_t i = 0; i < d->n_columns; i++)
		values[i] = NAN;
	if (!f->made && !matrix_fill_row(w->result, f->row_id, values, w->reply))
		return false;
	for (size_t i = 0; i < d->n_features; i++)
	{
		const struct feature *feature = &d->features[i];

		if (feature->made != MADE_NOT)
			values[feature->column] = history_feature(h, f, w->time->step, feature->made);
		else if (!f->made
				 && !check_known_in_advance(w, feature, values + feature->column, f->row_id))
			return false;
	}
	return true;
}

/* ---- forecast mode: one point, and the rows after it */

static int
distance_of(const struct forecasting *w, int64_t point, int64_t time)
{
	int64_t		gap = time - point;

	if (gap <= 0 || gap % w->time->step != 0 || gap / w->time->step > (int64_t) w->time->distances)
		return 0;
	return (int) (gap / w->time->step);
}

/* Makes the rows of the forecast window that the request does not have, as the service does. */
static bool
expand(struct forecasting *w, const struct history *h, int64_t point)
{
	for (size_t d = 1; d <= w->time->distances; d++)
	{
		struct forecast f = {.row_id = w->result->table->rows + w->n_made++,
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
forecast_series(struct forecasting *w, const struct history *h, int64_t point)
{
	size_t		before = w->forecasts.len;

	if (history_known(h, point) < w->time->history)
	{
		reply_error(w->reply, 400,
					"not enough history: the series '%.*s' needs %zu rows with a known target up "
					"to the forecast point",
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

/* ---- historical mode: every point whose forecast window has a row of the range */

static bool
look_back(struct forecasting *w, const struct history *h, const struct point *p)
{
	for (size_t d = 1; d <= w->time->distances; d++)
	{
		struct forecast f = {.row_id = p->row,
							 .series = h->id,
							 .point = p->time - (int64_t) d * w->time->step,
							 .time = p->time,
							 .distance = (int) d};

		if (!isnan(history_target(h, f.point)) && history_known(h, f.point) >= w->time->history
			&& !add_forecast(w, h, &f))
			return false;
	}
	return true;
}

static bool
predict_range(struct forecasting *w, const struct history *h)
{
	const struct parameters *p = w->result->params;

	for (size_t i = 0; i < h->n; i++)
		if (h->points[i].time >= p->start && h->points[i].time < p->end
			&& !look_back(w, h, &h->points[i]))
			return false;
	return true;
}

static bool
choose_rows(struct forecasting *w)
{
	const struct parameters *p = w->result->params;
	int64_t		point = p->has_point ? p->point : histories_newest(&w->series);

	for (size_t i = 0; i < w->series.n; i++)
		if (!(p->has_start ? predict_range(w, &w->series.list[i])
			  : forecast_series(w, &w->series.list[i], point)))
			return false;
	if (w->forecasts.len == 0)
		reply_error(w->reply, 400,
					p->has_start ? "No valid output rows"
					: "There are no rows in the forecast window");
	return w->forecasts.len > 0;
}

/* Answers are in the order of the rows that were sent, whatever the order of their times. */
static void
restore_order(struct forecasting *w, size_t rows, float *values)
{
	struct forecast *f = (struct forecast *) w->forecasts.data;
	size_t		columns = w->result->deployment->n_columns;
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
time_series_features(struct result *result, struct reply *reply)
{
	struct forecasting w = {
		.result = result, .reply = reply, .time = result->deployment->time};
	bool		ok = histories_split(result, reply, &w.series) && choose_rows(&w);
	float	   *values = (float *) w.features.data;

	histories_free(&w.series);
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
time_series_free(struct forecast *forecasts)
{
	free(forecasts);
}

void
time_series_original_time(const struct result *result, size_t row, struct buffer *text)
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

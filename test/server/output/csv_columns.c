#include "output/csv_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv_output.h"
#include "base/numbers.h"
#include "base/timestamps.h"
#include "input/input.h"
#include "input/params.h"
#include "input/table.h"
#include "model/registry.h"
#include "output/explanation_columns.h"
#include "scoring/generation.h"
#include "scoring/humility.h"
#include "scoring/result.h"
#include "scoring/time_series.h"

static void
add(struct columns *c, const struct column *column, const char *name, va_list args)
{
	struct column *added;

	c->list = must_realloc(c->list, (c->n + 1) * sizeof *c->list);
	added = &c->list[c->n++];
	*added = *column;
	buffer_vprint(&added->name, name, args);
}

void
columns_add(struct columns *c, column_write write, size_t which, size_t group, const char *name,
			...)
{
	va_list		args;

	va_start(args, name);
	add(c, &(struct column) {.write = write, .which = which, .group = group}, name, args);
	va_end(args);
}

/* A column that callers may have to find again. */
static void __attribute__((format(printf, 5, 6)))
add_part(struct columns *c, enum column_part part, column_write write, size_t which,
		 const char *name, ...)
{
	va_list		args;

	va_start(args, name);
	add(c, &(struct column) {.write = write, .which = which, .part = part}, name, args);
	va_end(args);
}

void
columns_free(struct columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		buffer_free(&c->list[i].name);
	free(c->list);
}

/* ---- cells */

/* A score; a text may replace the first one of a row. */
static void
write_score(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const char *text = r->texts && c->which == 0 ? r->texts[row] : NULL;

	if (text)
		csv_write_text(out, text);
	else
		number_write(out, result_score(r, row, c->which), r->decimals);
}

/*
 * The prediction of a model without classes: the score, or what a humility rule puts in its place.
 */
static void
write_prediction(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	double		other;

	if (humility_overrides(r, row, &other))
		number_write(out, (float) other, r->decimals);
	else
		write_score(out, r, row, c);
}

static void
write_label(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) c;
	csv_write_text(out, r->deployment->classes[result_class(r, row)]);
}

static void
write_threshold(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) row;
	(void) c;
	number_write(out, (float) result_threshold(r), DECIMALS_ANY);
}

static void
write_positive_class(struct buffer *out, const struct result *r, size_t row,
					 const struct column *c)
{
	(void) row;
	(void) c;
	csv_write_text(out, r->deployment->classes[0]);
}

static void
write_decision(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	buffer_text(out, result_has_label(r, row, c->which) ? "True" : "False");
}

static void
write_cell(struct buffer *out, const struct cell *c)
{
	if (c)
		csv_write_field(out, c->text, c->len);
}

static void
write_passthrough(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	write_cell(out, result_cell(r, row, r->wanted->passthrough_slots[c->which]));
}

static void
write_series(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) c;
	write_cell(out, r->forecasts[row].series);
}

static void
write_point(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	char		text[TIMESTAMP_TEXT_MAX];

	(void) c;
	timestamp_print(text, r->forecasts[row].point, false);
	buffer_text(out, text);
}

/* The time as it was sent; rows that the server made are written in the same format. */
static void
write_time(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	struct buffer text = {0};

	(void) c;
	time_series_original_time(r, row, &text);
	csv_write_field(out, text.data, text.len);
	buffer_free(&text);
}

static void
write_distance(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) c;
	buffer_print(out, "%d", r->forecasts[row].distance);
}

/* c->which: 0 for the lower end, 1 for the upper one */
static void
write_interval(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const struct time_series *t = r->deployment->time;
	int			distance = r->forecasts[row].distance - 1;
	double		gap = c->which ? t->high[distance] : t->low[distance];

	number_write(out, (float) ((double) r->scores[row] + gap), r->decimals);
}

static void
write_outlier(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) c;
	buffer_text(out, result_is_outlier(r, row) ? "True" : "False");
}

static void
write_approval(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) row;
	(void) c;
	csv_write_text(out, r->deployment->approval);
}

static void
write_extra(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	struct buffer value = {0};
	bool		is_number;

	if (generation_extra(r, row, (int) c->which, &value, &is_number))
		csv_write_field(out, value.data, value.len);
	buffer_free(&value);
}

/* ---- the choice */

static void
choose_time(struct columns *c, const struct result *r)
{
	const struct deployment *d = r->deployment;

	if (!d->time)
		return;
	if (d->time->series_column)
		columns_add(c, write_series, 0, 0, "%s", d->time->series_column);
	columns_add(c, write_point, 0, 0, "FORECAST_POINT");
	columns_add(c, write_time, 0, 0, "%s", d->inputs[deployment_input(d, INPUT_TIME)].name);
	columns_add(c, write_distance, 0, 0, "FORECAST_DISTANCE");
}

static void
choose_classes(struct columns *c, const struct result *r)
{
	const struct deployment *d = r->deployment;
	const char *target = d->target_label;

	for (size_t i = 0; i < d->n_classes; i++)
		add_part(c, COLUMN_PROBABILITY, write_score, i, "%s_%s_PREDICTION", target, d->classes[i]);
	columns_add(c, write_label, 0, 0, "%s_PREDICTION", target);
	if (d->kind != DEPLOYMENT_BINARY)
		return;
	add_part(c, COLUMN_DECIDING, write_threshold, 0, "THRESHOLD");
	add_part(c, COLUMN_DECIDING, write_positive_class, 0, "POSITIVE_CLASS");
}

static void
choose_clusters(struct columns *c, const struct result *r)
{
	columns_add(c, write_label, 0, 0, "PREDICTION");
	for (size_t i = 0; i < r->deployment->n_classes; i++)
		add_part(c, COLUMN_PROBABILITY, write_score, i, "%s_PREDICTION",
				 r->deployment->classes[i]);
}

static void
choose_labels(struct columns *c, const struct result *r)
{
	const struct deployment *d = r->deployment;

	for (size_t i = 0; i < d->n_classes; i++)
	{
		add_part(c, COLUMN_PROBABILITY, write_score, i, "%s_%s_PROBABILITY", d->csv_prefix,
				 d->classes[i]);
		columns_add(c, write_threshold, i, 0, "%s_%s_THRESHOLD", d->csv_prefix, d->classes[i]);
		columns_add(c, write_decision, i, 0, "%s_%s_DECISION", d->csv_prefix, d->classes[i]);
	}
}

static void
choose_number(struct columns *c, const struct result *r)
{
	const struct deployment *d = r->deployment;

	if (d->kind == DEPLOYMENT_ANOMALY)
		columns_add(c, write_prediction, 0, 0, "ANOMALY_SCORE");
	else
		columns_add(c, write_prediction, 0, 0, "%s_PREDICTION", d->target_label);
	if (!d->time || !d->time->interval)
		return;
	columns_add(c, write_interval, 0, 0, "PREDICTION_%d_PERCENTILE_LOW", d->time->interval);
	columns_add(c, write_interval, 1, 0, "PREDICTION_%d_PERCENTILE_HIGH", d->time->interval);
}

static void
choose_prediction(struct columns *c, const struct result *r)
{
	switch (r->deployment->kind)
	{
		case DEPLOYMENT_BINARY:
		case DEPLOYMENT_MULTICLASS:
			choose_classes(c, r);
			break;
		case DEPLOYMENT_MULTILABEL:
			choose_labels(c, r);
			break;
		case DEPLOYMENT_CLUSTERING:
			choose_clusters(c, r);
			break;
		default:
			choose_number(c, r);
	}
	if (r->deployment->kind == DEPLOYMENT_TEXT_GENERATION)
		for (size_t i = 0; i < GENERATION_EXTRAS; i++)
			columns_add(c, write_extra, i, 0, "%s", generation_extras[i]);
}

static void
rename_all(struct columns *c, const char *prefix)
{
	for (size_t i = 0; i < c->n; i++)
	{
		c->list[i].name.len = 0;
		buffer_print(&c->list[i].name, i ? "%s_%zu" : "%s", prefix, i);
	}
}

static void
turn_around(struct columns *c)
{
	for (size_t i = 0; i < c->n / 2; i++)
	{
		struct column held = c->list[i];

		c->list[i] = c->list[c->n - 1 - i];
		c->list[c->n - 1 - i] = held;
	}
}

/*
 * The time and series columns are always in the answer, and not added again as passthrough
 * columns.
 */
static bool
is_shown_anyway(const struct deployment *d, const char *name)
{
	const enum input_role roles[] = {INPUT_TIME, INPUT_SERIES};

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
	{
		int			input = deployment_input(d, roles[i]);

		if (input >= 0 && strcmp(d->inputs[input].name, name) == 0)
			return true;
	}
	return false;
}

const char *
columns_collision(const struct columns *c)
{
	for (size_t i = 1; i < c->n; i++)
		for (size_t k = 0; k < i; k++)
			if (c->list[i].name.len == c->list[k].name.len
				&& memcmp(c->list[i].name.data, c->list[k].name.data, c->list[i].name.len) == 0)
			{
				buffer_byte(&c->list[i].name, '\0');
				return c->list[i].name.data;
			}
	return NULL;
}

void
columns_choose_predictions(struct columns *c, const struct result *r)
{
	choose_time(c, r);
	choose_prediction(c, r);
	if (r->wrong_header)
		rename_all(c, r->wrong_header);
}

void
columns_choose_rest(struct columns *c, const struct result *r)
{
	explanation_columns_add(c, r);
	if (r->params && r->params->warnings)
		columns_add(c, write_outlier, 0, 0, "IS_OUTLIER_PREDICTION");
	if (r->deployment->approval)
		columns_add(c, write_approval, 0, 0, "DEPLOYMENT_APPROVAL_STATUS");
	for (size_t i = 0; r->wanted && i < r->wanted->n_passthrough; i++)
		if (!is_shown_anyway(r->deployment, r->wanted->passthrough_names[i]))
			add_part(c, COLUMN_PASSTHROUGH, write_passthrough, i, "%s",
					 r->wanted->passthrough_names[i]);
	if (r->backwards)
		turn_around(c);
}

void
columns_choose(struct columns *c, const struct result *r)
{
	columns_choose_predictions(c, r);
	columns_choose_rest(c, r);
}

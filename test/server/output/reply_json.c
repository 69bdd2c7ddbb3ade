#include "output/reply_json.h"

#include "base/json_output.h"
#include "base/numbers.h"
#include "base/timestamps.h"
#include "input/input.h"
#include "input/params.h"
#include "input/table.h"
#include "model/registry.h"
#include "output/json_explanations.h"
#include "scoring/generation.h"
#include "scoring/humility.h"
#include "scoring/result.h"
#include "scoring/time_series.h"

/* A value as it was sent; a CSV field that is a number in JSON's grammar becomes one. */
static void
write_cell(struct buffer *out, const struct cell *c)
{
	if (!c || c->kind == CELL_MISSING)
		buffer_text(out, "null");
	else if (c->kind == CELL_TEXT && !number_is_json(c->text, c->len))
		json_write_string(out, c->text, c->len);
	else
		buffer_append(out, c->text, c->len);
}

/*
 * A score; a text may replace the first one of a row. NaN and Infinity, which only faults make,
 * are not JSON.
 */
static void
write_score(struct buffer *out, const struct result *r, size_t row, size_t class_number)
{
	const char *text = r->texts && class_number == 0 ? r->texts[row] : NULL;

	if (text)
		json_write_text(out, text);
	else
		number_write(out, result_score(r, row, class_number), r->decimals);
}

/* ---- the parts of a row */

static void
write_time(struct buffer *out, const struct result *r, size_t row)
{
	const struct forecast *f = r->forecasts ? &r->forecasts[row] : NULL;
	struct buffer original = {0};
	char		text[TIMESTAMP_TEXT_MAX];

	if (!f)
		return;
	buffer_text(out, ", \"seriesId\": ");
	write_cell(out, f->series);
	timestamp_print(text, f->point, false);
	buffer_print(out, ", \"forecastPoint\": \"%s\"", text);
	timestamp_print(text, f->time, true);
	buffer_print(out, ", \"timestamp\": \"%s\", \"forecastDistance\": %d", text, f->distance);
	if (!r->deployment->time->original_format)
		return;
	time_series_original_time(r, row, &original);
	buffer_text(out, ", \"originalFormatTimestamp\": ");
	json_write_string(out, original.data, original.len);
	buffer_free(&original);
}

static void
write_labels(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;
	size_t		written = 0;

	buffer_byte(out, '[');
	for (size_t c = 0; c < d->n_classes; c++)
		if (result_has_label(r, row, c))
			buffer_print(out, "%s%s", written++ ? ", " : "", d->json_labels[c]);
	buffer_byte(out, ']');
}

static void
write_prediction(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;
	double		other;

	buffer_text(out, ", \"prediction\": ");
	if (humility_overrides(r, row, &other))
		number_write_double(out, other);
	else if (d->kind == DEPLOYMENT_MULTILABEL)
		write_labels(out, r, row);
	else if (d->n_classes > 0)
		buffer_text(out, d->json_labels[result_class(r, row)]);
	else
		write_score(out, r, row, 0);
	if (d->kind != DEPLOYMENT_BINARY && d->kind != DEPLOYMENT_MULTILABEL)
		return;
	buffer_text(out, ", \"predictionThreshold\": ");
	number_write_double(out, result_threshold(r));
}

/* The class at this place in predictionValues. */
static size_t
class_at(const struct deployment *d, size_t place)
{
	return d->negative_first ? d->n_classes - 1 - place : place;
}

static void
write_values(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;

	buffer_text(out, ", \"predictionValues\": [");
	for (size_t i = 0; i < d->n_classes; i++)
	{
		size_t		c = class_at(d, i);

		buffer_print(out, "%s{\"label\": %s, \"value\": ", i ? ", " : "", d->json_labels[c]);
		write_score(out, r, row, c);
		buffer_byte(out, '}');
	}
	if (d->n_classes == 0)
	{
		buffer_text(out, "{\"label\": ");
		json_write_text(out, d->target_label);
		buffer_text(out, ", \"value\": ");
		write_score(out, r, row, 0);
		buffer_byte(out, '}');
	}
	buffer_byte(out, ']');
}

static void
write_adjusted(struct buffer *out, const struct result *r, size_t row)
{
	if (!r->params || !r->params->include_adjusted || !r->adjusted)
		return;
	buffer_text(out, ", \"adjustedPrediction\": ");
	number_write(out, r->adjusted[row], r->decimals);
	buffer_text(out, ", \"adjustedPredictionValues\": [{\"label\": ");
	json_write_text(out, r->deployment->target_label);
	buffer_text(out, ", \"value\": ");
	number_write(out, r->adjusted[row], r->decimals);
	buffer_text(out, "}]");
}

static void
write_passthrough(struct buffer *out, const struct result *r, size_t row)
{
	const struct wanted *w = r->wanted;

	if (!w || w->n_passthrough == 0)
		return;
	buffer_text(out, ", \"passthroughValues\": {");
	for (size_t p = 0; p < w->n_passthrough; p++)
	{
		if (p)
			buffer_text(out, ", ");
		json_write_text(out, w->passthrough_names[p]);
		buffer_text(out, ": ");
		write_cell(out, result_cell(r, row, w->passthrough_slots[p]));
	}
	buffer_byte(out, '}');
}

/* Only for rows that trigger a rule. */
static void
write_humility(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;

	if (!humility_is_triggered(r, row))
		return;
	buffer_text(out, ", \"humility\": [");
	for (size_t i = 0; i < d->n_rules; i++)
	{
		bool		triggered = r->humility->triggered[row * d->n_rules + i];

		buffer_text(out, i ? ", {\"ruleId\": " : "{\"ruleId\": ");
		json_write_text(out, d->rules[i].id);
		buffer_print(out, ", \"triggered\": %s, \"ruleName\": ", triggered ? "true" : "false");
		json_write_text(out, d->rules[i].name);
		buffer_byte(out, '}');
	}
	buffer_byte(out, ']');
}

static void
write_governance(struct buffer *out, const struct result *r, size_t row)
{
	if (r->deployment->approval)
	{
		buffer_text(out, ", \"deploymentApprovalStatus\": ");
		json_write_text(out, r->deployment->approval);
	}
	if (r->params && r->params->warnings)
		buffer_print(out, ", \"isOutlierPrediction\": %s",
					 result_is_outlier(r, row) ? "true" : "false");
	write_humility(out, r, row);
}

static void
write_extras(struct buffer *out, const struct result *r, size_t row)
{
	if (r->deployment->kind != DEPLOYMENT_TEXT_GENERATION)
		return;
	buffer_text(out, ", \"extraModelOutput\": {");
	for (int i = 0; i < GENERATION_EXTRAS; i++)
	{
		struct buffer value = {0};
		bool		is_number;

		buffer_print(out, "%s\"%s\": ", i ? ", " : "", generation_extras[i]);
		if (!generation_extra(r, row, i, &value, &is_number))
			buffer_text(out, "null");
		else if (is_number)
			buffer_append(out, value.data, value.len);
		else
			json_write_string(out, value.data, value.len);
		buffer_free(&value);
	}
	buffer_byte(out, '}');
}

void
reply_json(struct buffer *out, const struct result *r)
{
	buffer_text(out, "{\"data\": [");
	for (size_t i = 0; i < r->n_order; i++)
	{
		size_t		row = result_row(r, i);

		buffer_print(out, "%s{\"rowId\": %zu", i ? ", " : "", result_row_id(r, row));
		write_time(out, r, row);
		write_prediction(out, r, row);
		write_values(out, r, row);
		write_adjusted(out, r, row);
		json_explanations_write(out, r, row);
		write_passthrough(out, r, row);
		write_governance(out, r, row);
		write_extras(out, r, row);
		buffer_byte(out, '}');
	}
	buffer_text(out, "]}");
}

#include "reply_json.h"

#include <string.h>

#include "deployments.h"
#include "input.h"
#include "json_output.h"
#include "numbers.h"
#include "result.h"
#include "table.h"

static void
write_text(struct buffer *out, const char *text)
{
	json_write_string(out, text, strlen(text));
}

/* NaN and Infinity come out as they are, which is not JSON: only faults make them. */
static void
write_number(struct buffer *out, float value, int decimals)
{
	buffer_reserve(out, NUMBER_TEXT_MAX);
	out->len += (size_t) number_print_decimals(out->data + out->len, value, decimals);
}

static void
write_label(struct buffer *out, const struct deployment *d, size_t class_number)
{
	if (d->kind == DEPLOYMENT_BINARY && d->number_for_label)
		buffer_byte(out, class_number == 0 ? '1' : '0');
	else
		write_text(out, d->classes[class_number]);
}

/* A score; the first one of a row may be a text instead. */
static void
write_score(struct buffer *out, const struct result *r, size_t row, size_t class_number)
{
	const char *text = r->texts && class_number == 0 ? r->texts[row] : NULL;

	if (text)
		write_text(out, text);
	else
		write_number(out, result_score(r, row, class_number), r->decimals);
}

static void
write_value(struct buffer *out, const struct result *r, size_t row, size_t class_number)
{
	buffer_text(out, ", \"value\": ");
	write_score(out, r, row, class_number);
	buffer_byte(out, '}');
}

static void
write_prediction(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;

	buffer_print(out, "{\"rowId\": %zu, \"prediction\": ", row);
	if (d->n_classes == 0)
		write_score(out, r, row, 0);
	else
		write_label(out, d, result_class(r, row));
	if (d->kind == DEPLOYMENT_BINARY)
	{
		buffer_text(out, ", \"predictionThreshold\": ");
		write_number(out, (float) d->threshold, DECIMALS_ANY);
	}
	buffer_text(out, ", \"predictionValues\": [");
	if (d->n_classes == 0)
	{
		buffer_text(out, "{\"label\": ");
		write_text(out, d->target);
		write_value(out, r, row, 0);
	}
	for (size_t c = 0; c < d->n_classes; c++)
	{
		buffer_text(out, c ? ", {\"label\": " : "{\"label\": ");
		write_label(out, d, c);
		write_value(out, r, row, c);
	}
	buffer_byte(out, ']');
}

static void
write_cell(struct buffer *out, const struct cell *c)
{
	if (c->kind == CELL_MISSING)
		buffer_text(out, "null");
	else if (c->kind == CELL_TEXT && !number_is_json(c->text, c->len))
		json_write_string(out, c->text, c->len);
	else
		buffer_append(out, c->text, c->len);
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
		write_text(out, w->passthrough_names[p]);
		buffer_text(out, ": ");
		write_cell(out, table_cell(r->table, row, w->passthrough_slots[p]));
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

		if (i)
			buffer_text(out, ", ");
		write_prediction(out, r, row);
		write_passthrough(out, r, row);
		buffer_byte(out, '}');
	}
	buffer_text(out, "]}");
}

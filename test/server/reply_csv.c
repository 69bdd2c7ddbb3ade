#include "reply_csv.h"

#include <string.h>

#include "deployments.h"
#include "input.h"
#include "numbers.h"
#include "result.h"
#include "table.h"

static void
write_field(struct buffer *out, const char *text, size_t len)
{
	bool		quote = false;

	for (size_t i = 0; i < len && !quote; i++)
		quote = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
	if (!quote)
	{
		buffer_append(out, text, len);
		return;
	}
	buffer_byte(out, '"');
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '"')
			buffer_byte(out, '"');
		buffer_byte(out, text[i]);
	}
	buffer_byte(out, '"');
}

static void
write_number(struct buffer *out, float value, int decimals)
{
	buffer_reserve(out, NUMBER_TEXT_MAX);
	out->len += (size_t) number_print_decimals(out->data + out->len, value, decimals);
}

/* A score; the first one of a row may be a text instead. */
static void
write_score(struct buffer *out, const struct result *r, size_t row, size_t class_number)
{
	const char *text = r->texts && class_number == 0 ? r->texts[row] : NULL;

	if (text)
		write_field(out, text, strlen(text));
	else
		write_number(out, result_score(r, row, class_number), r->decimals);
}

/* <target>_<label>_PREDICTION, or <target>_PREDICTION without a label */
static void
write_name(struct buffer *out, const struct result *r, const char *label)
{
	struct buffer name = {0};

	buffer_text(&name, r->wrong_header ? r->wrong_header : r->deployment->target);
	if (label)
		buffer_print(&name, "_%s", label);
	buffer_text(&name, r->wrong_header ? "" : "_PREDICTION");
	write_field(out, name.data, name.len);
	buffer_free(&name);
}

static void
write_header(struct buffer *out, const struct result *r)
{
	const struct deployment *d = r->deployment;

	for (size_t c = 0; c < d->n_classes; c++)
	{
		write_name(out, r, d->classes[c]);
		buffer_byte(out, ',');
	}
	write_name(out, r, NULL);
	if (d->kind == DEPLOYMENT_BINARY)
		buffer_text(out, ",THRESHOLD,POSITIVE_CLASS");
	for (size_t i = 0; r->wanted && i < r->wanted->n_passthrough; i++)
	{
		buffer_byte(out, ',');
		write_field(out, r->wanted->passthrough_names[i], strlen(r->wanted->passthrough_names[i]));
	}
	buffer_byte(out, '\n');
}

static void
write_prediction(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;
	const char *label;

	if (d->n_classes == 0)
	{
		write_score(out, r, row, 0);
		return;
	}
	for (size_t c = 0; c < d->n_classes; c++)
	{
		write_score(out, r, row, c);
		buffer_byte(out, ',');
	}
	label = d->classes[result_class(r, row)];
	write_field(out, label, strlen(label));
	if (d->kind == DEPLOYMENT_BINARY)
	{
		buffer_byte(out, ',');
		write_number(out, (float) d->threshold, DECIMALS_ANY);
		buffer_byte(out, ',');
		write_field(out, d->classes[0], strlen(d->classes[0]));
	}
}

void
reply_csv(struct buffer *out, const struct result *r)
{
	write_header(out, r);
	for (size_t i = 0; i < r->n_order; i++)
	{
		size_t		row = result_row(r, i);

		write_prediction(out, r, row);
		for (size_t p = 0; r->wanted && p < r->wanted->n_passthrough; p++)
		{
			const struct cell *c = table_cell(r->table, row, r->wanted->passthrough_slots[p]);

			buffer_byte(out, ',');
			write_field(out, c->text, c->len);
		}
		buffer_byte(out, '\n');
	}
}

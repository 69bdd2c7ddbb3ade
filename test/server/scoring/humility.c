#include "scoring/humility.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/http_reply.h"
#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/result.h"

static bool
is_rare(const struct rule *rule, const struct cell *c)
{
	for (size_t i = 0; c->len > 0 && i < rule->n_values; i++)
		if (strlen(rule->values[i]) == c->len && memcmp(rule->values[i], c->text, c->len) == 0)
			return true;
	return false;
}

static bool
is_outside(const struct rule *rule, double value)
{
	return value < rule->low || value > rule->high;
}

static bool
is_triggered(const struct rule *rule, const struct result *result, size_t row)
{
	const struct cell *c = NULL;
	float		value;

	if (rule->feature >= 0)
	{
		int			input = result->deployment->features[rule->feature].input;

		c = result_cell(result, row, result->wanted->input_slots[input]);
	}
	switch (rule->trigger)
	{
		case TRIGGER_UNCERTAIN:
			return is_outside(rule, (double) result_value(result, row));
		case TRIGGER_OUTLYING:
			return !cell_is_missing(c) && cell_number(c, &value)
				&& is_outside(rule, (double) value);
		case TRIGGER_RARE:
			return is_rare(rule, c);
	}
	return false;
}

bool
humility_judge(struct result *result, struct reply *reply)
{
	const struct deployment *d = result->deployment;
	struct humility *h;

	if (d->n_rules == 0)
		return true;
	h = must_alloc(sizeof *h + result->rows * d->n_rules * sizeof *h->triggered);
	h->n_rules = d->n_rules;
	result->humility = h;
	for (size_t row = 0; row < result->rows; row++)
		for (size_t i = 0; i < d->n_rules; i++)
		{
			bool		triggered = is_triggered(&d->rules[i], result, row);

			h->triggered[row * d->n_rules + i] = triggered;
			if (triggered && d->rules[i].action == ACTION_ERROR && !reply->ready)
				reply_error(reply, 480, "Humility ReturnError action triggered.");
		}
	return !reply->ready;
}

void
humility_free(struct humility *h)
{
	free(h);
}

bool
humility_is_triggered(const struct result *result, size_t row)
{
	const struct humility *h = result->humility;

	for (size_t i = 0; h && i < h->n_rules; i++)
		if (h->triggered[row * h->n_rules + i])
			return true;
	return false;
}

bool
humility_overrides(const struct result *result, size_t row, double *prediction)
{
	const struct humility *h = result->humility;

	for (size_t i = 0; h && i < h->n_rules; i++)
	{
		const struct rule *rule = &result->deployment->rules[i];

		if (!h->triggered[row * h->n_rules + i] || rule->action != ACTION_OVERRIDE)
			continue;
		*prediction = rule->override;
		return true;
	}
	return false;
}

#include "encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "deployments.h"
#include "input.h"
#include "numbers.h"
#include "request.h"
#include "table.h"

static bool
is_missing(const struct cell *c)
{
	static const char *const spellings[] = {"nan", "na", "n/a", "null", "none", "#n/a"};

	if (c->kind == CELL_MISSING || c->len == 0)
		return true;
	for (size_t i = 0; c->kind == CELL_TEXT && i < sizeof spellings / sizeof *spellings; i++)
		if (strlen(spellings[i]) == c->len && strncasecmp(c->text, spellings[i], c->len) == 0)
			return true;
	return false;
}

static bool
is_text(const struct cell *c, const char *text)
{
	return strlen(text) == c->len && strncasecmp(c->text, text, c->len) == 0;
}

static bool
encode_number(const struct cell *c, float *value)
{
	double		number;

	if (is_text(c, "true") || is_text(c, "false"))
	{
		*value = is_text(c, "true");
		return true;
	}
	if (c->kind == CELL_JSON || !number_parse(c->text, c->len, &number) || !isfinite(number))
		return false;
	*value = (float) number;
	return true;
}

/* A category the model was not trained on counts as missing. */
static float
encode_category(const struct cell *c, const struct feature *f)
{
	for (size_t i = 0; i < f->n_categories; i++)
		if (strlen(f->categories[i]) == c->len && memcmp(f->categories[i], c->text, c->len) == 0)
			return (float) i;
	return NAN;
}

static bool
encode_cell(const struct cell *c, const struct feature *f, float *value)
{
	*value = NAN;
	if (is_missing(c))
		return true;
	if (f->n_categories == 0)
		return encode_number(c, value);
	*value = encode_category(c, f);
	return true;
}

float *
encode_features(struct request *r, const struct wanted *w, const struct table *t)
{
	const struct deployment *d = r->deployment;
	float	   *values = must_alloc(t->rows * d->n_features * sizeof *values);

	for (size_t row = 0; row < t->rows; row++)
		for (size_t f = 0; f < d->n_features; f++)
		{
			const struct cell *c = table_cell(t, row, w->feature_slots[f]);

			if (encode_cell(c, &d->features[f], &values[row * d->n_features + f]))
				continue;
			reply_error(&r->reply, 400,
						"row %zu: the feature '%s' must be a finite number, not '%.*s'", row,
						d->features[f].name, c->len < 60 ? (int) c->len : 60, c->text);
			free(values);
			return NULL;
		}
	return values;
}

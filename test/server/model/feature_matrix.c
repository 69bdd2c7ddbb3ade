#include "model/feature_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/numbers.h"
#include "http/http_request.h"
#include "input/input.h"
#include "input/table.h"
#include "model/ngrams.h"
#include "model/registry.h"

bool
cell_is_missing(const struct cell *c)
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

bool
cell_number(const struct cell *c, float *value)
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
category_number(const struct cell *c, const struct feature *f)
{
	for (size_t i = 0; i < f->n_terms; i++)
		if (strlen(f->terms[i]) == c->len && memcmp(f->terms[i], c->text, c->len) == 0)
			return (float) i;
	return NAN;
}

bool
matrix_fill_cell(const struct cell *c, const struct feature *f, float *values)
{
	for (size_t i = 0; i < f->width; i++)
		values[i] = NAN;
	if (cell_is_missing(c))
		return true;
	switch (f->kind)
	{
		case FEATURE_NUMERIC:
			return cell_number(c, values);
		case FEATURE_CATEGORY:
			values[0] = category_number(c, f);
			break;
		case FEATURE_TEXT:
			ngrams_count(c->text, c->len, f->terms, f->n_terms, values);
			break;
	}
	return true;
}

bool
matrix_fill_row(struct request *r, const struct wanted *w, const struct table *t, size_t row,
		   float *values)
{
	const struct deployment *d = r->deployment;

	for (size_t i = 0; i < d->n_features; i++)
	{
		const struct feature *f = &d->features[i];
		static const struct cell nothing;
		const struct cell *c = f->input < 0 ? &nothing
			: table_cell(t, row, w->input_slots[f->input]);

		if (matrix_fill_cell(c, f, values + f->column))
			continue;
		reply_error(&r->reply, 400, "row %zu: the feature '%s' must be a finite number, not '%.*s'",
					row, f->name, c->len < 60 ? (int) c->len : 60, c->text);
		return false;
	}
	return true;
}

float *
matrix_make(struct request *r, const struct wanted *w, const struct table *t)
{
	size_t		columns = r->deployment->n_columns;
	float	   *values = must_alloc(t->rows * columns * sizeof *values);

	for (size_t row = 0; row < t->rows; row++)
		if (!matrix_fill_row(r, w, t, row, values + row * columns))
		{
			free(values);
			return NULL;
		}
	return values;
}

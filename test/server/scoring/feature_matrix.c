#include "scoring/feature_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_reply.h"
#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/ngrams.h"
#include "scoring/result.h"

/* A category that the model was not trained on counts as missing. */
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
matrix_fill_row(const struct result *result, size_t row, float *values, struct reply *reply)
{
	const struct deployment *d = result->deployment;

	for (size_t i = 0; i < d->n_features; i++)
	{
		const struct feature *f = &d->features[i];
		static const struct cell nothing;
		const struct cell *c = f->input < 0 ? &nothing
			: table_cell(result->table, row, result->wanted->input_slots[f->input]);

		if (matrix_fill_cell(c, f, values + f->column))
			continue;
		reply_error(reply, 400,
					"row %zu: the feature '%s' must be a finite number, not '%.*s'", row,
				    f->name, c->len < 60 ? (int) c->len : 60, c->text);
		return false;
	}
	return true;
}

float *
matrix_make(const struct result *result, struct reply *reply)
{
	size_t		columns = result->deployment->n_columns;
	size_t		rows = result->table->rows;
	float	   *values = must_alloc(rows * columns * sizeof *values);

	for (size_t row = 0; row < rows; row++)
		if (!matrix_fill_row(result, row, values + row * columns, reply))
		{
			free(values);
			return NULL;
		}
	return values;
}

#include "scoring/result.h"

#include <stdlib.h>

#include "input/table.h"
#include "model/registry.h"
#include "scoring/explanations.h"
#include "scoring/humility.h"
#include "scoring/time_series.h"

float
result_score(const struct result *r, size_t row, size_t class_number)
{
	if (r->deployment->kind == DEPLOYMENT_BINARY)
		return class_number == 0 ? r->scores[row] : 1.0f - r->scores[row];
	return r->scores[row * r->outputs + class_number];
}

double
result_threshold(const struct result *r)
{
	return r->params && r->params->has_threshold ? r->params->threshold : r->deployment->threshold;
}

/* Binary: positive if above the threshold. Otherwise the first class with the highest score. */
size_t
result_class(const struct result *r, size_t row)
{
	size_t		best = 0;

	if (r->deployment->kind == DEPLOYMENT_BINARY)
		return (double) r->scores[row] > result_threshold(r) ? 0 : 1;
	for (size_t c = 1; c < r->deployment->n_classes; c++)
		if (result_score(r, row, c) > result_score(r, row, best))
			best = c;
	return best;
}

bool
result_has_label(const struct result *r, size_t row, size_t class_number)
{
	return (double) result_score(r, row, class_number) > result_threshold(r);
}

float
result_value(const struct result *r, size_t row)
{
	if (r->deployment->n_classes > 2)
		return result_score(r, row, result_class(r, row));
	return r->scores[row];
}

bool
result_is_outlier(const struct result *r, size_t row)
{
	double		value = (double) r->scores[row];

	return value < r->deployment->low_bound || value > r->deployment->high_bound;
}

size_t
result_row_id(const struct result *r, size_t row)
{
	return r->forecasts ? r->forecasts[row].row_id : row;
}

const struct cell *
result_cell(const struct result *r, size_t row, int slot)
{
	if (!r->forecasts)
		return table_cell(r->table, row, slot);
	if (r->forecasts[row].made)
		return NULL;
	return table_cell(r->table, r->forecasts[row].row_id, slot);
}

void
result_free(struct result *r)
{
	free(r->scores);
	free(r->texts);
	free(r->adjusted);
	free(r->order);
	time_series_free(r->forecasts);
	explanations_free(r->explanations);
	humility_free(r->humility);
}

#include "result.h"

#include "deployments.h"

float
result_score(const struct result *r, size_t row, size_t class_number)
{
	if (r->deployment->kind == DEPLOYMENT_BINARY)
		return class_number == 0 ? r->scores[row] : 1.0f - r->scores[row];
	return r->scores[row * r->outputs + class_number];
}

/*
 * Binary: positive above the threshold, not at it. Otherwise the class with the highest score, the
 * first of equals.
 */
size_t
result_class(const struct result *r, size_t row)
{
	size_t		best = 0;

	if (r->deployment->kind == DEPLOYMENT_BINARY)
		return (double) r->scores[row] > r->deployment->threshold ? 0 : 1;
	for (size_t c = 1; c < r->deployment->n_classes; c++)
		if (result_score(r, row, c) > result_score(r, row, best))
			best = c;
	return best;
}

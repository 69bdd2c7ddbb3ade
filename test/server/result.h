/* Predictions of one request, before they are written as CSV or JSON. */
#ifndef STANDIN_RESULT_H
#define STANDIN_RESULT_H

#include <stddef.h>
#include <stdint.h>

struct deployment;
struct table;
struct wanted;

struct result
{
	const struct deployment *deployment;
	const struct table *table;	/* for passthrough values; may be NULL */
	const struct wanted *wanted;
	size_t		rows;			/* predicted */
	size_t		outputs;		/* values per row: 1, or one per class */
	float	   *scores;			/* of a binary model: of the positive class */
	int			decimals;
	const char **texts;			/* NULL, or per row NULL or what is written for its score */

	/* what is written: normally every row in order, faults play with it */
	size_t		n_order;
	size_t	   *order;			/* NULL: 0, 1, 2, ... */
	const char *wrong_header;	/* NULL, or the prefix of made-up column names */
};

static inline size_t
result_row(const struct result *r, size_t i)
{
	return r->order ? r->order[i] : i;
}

/* the class of the prediction, as a place in deployment->classes */
size_t		result_class(const struct result *r, size_t row);

/* the score of that class */
float		result_score(const struct result *r, size_t row, size_t class_number);

#endif

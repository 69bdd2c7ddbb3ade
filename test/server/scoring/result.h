/* The predictions of one request, before they are written as CSV or JSON. */
#ifndef STANDIN_RESULT_H
#define STANDIN_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "input/params.h"

struct cell;
struct explanations;
struct forecast;
struct humility;
struct table;
struct wanted;

struct result
{
	const struct deployment *deployment;
	const struct parameters *params;
	const struct table *table;	/* for passthrough values; may be NULL */
	const struct wanted *wanted;
	size_t		rows;			/* predicted */
	size_t		outputs;		/* values per row: 1, or one per class */
	float	   *scores;			/* of a binary model: of the positive class; NULL: texts */
	int			decimals;
	bool		cache_hit;		/* the model was in memory */
	const char **texts;			/* per row a text in place of the score, or NULL; NULL: none */
	float	   *adjusted;		/* NULL: no exposure */
	struct forecast *forecasts; /* NULL: row i is row i of the table */
	struct explanations *explanations;	/* NULL: not asked for */
	struct humility *humility;	/* NULL: no rules */
	enum operation operation;	/* what was asked */

	/* how it is written: all rows in order, unless a fault changes that */
	size_t		n_order;
	size_t	   *order;			/* NULL: 0, 1, 2, ... */
	const char *wrong_header;	/* prefix of column names that nobody knows; NULL: none */
	bool		backwards;		/* CSV columns in reverse order */
};

static inline size_t
result_row(const struct result *r, size_t i)
{
	return r->order ? r->order[i] : i;
}

/* the predicted class, as an index in deployment->classes */
size_t		result_class(const struct result *r, size_t row);

/* the threshold between two classes, and of labels */
double		result_threshold(const struct result *r);

/* the score of a class */
float		result_score(const struct result *r, size_t row, size_t class_number);

/* is the score of this label above the threshold? */
bool		result_has_label(const struct result *r, size_t row, size_t class_number);

/* the number that humility rules judge: with classes, the score of the best one */
float		result_value(const struct result *r, size_t row);

/* is it outside the bounds for prediction warnings? */
bool		result_is_outlier(const struct result *r, size_t row);

/* the rowId of an answer */
size_t		result_row_id(const struct result *r, size_t row);

/* a cell of the row that was sent; NULL: the server made the row */
const struct cell *result_cell(const struct result *r, size_t row, int slot);

void		result_free(struct result *r);

#endif

/* From cells to the numbers a model works on. */
#ifndef STANDIN_FEATURE_MATRIX_H
#define STANDIN_FEATURE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct feature;
struct request;
struct table;
struct wanted;

/* does the cell hold no value? */
bool		cell_is_missing(const struct cell *c);

/* a finite number; false: it is none */
bool		cell_number(const struct cell *c, float *value);

/* feature->width values, NaN = missing; false: not a finite number where one has to be */
bool		matrix_fill_cell(const struct cell *c, const struct feature *f, float *values);

/*
 * The features of one row that come from columns; those that are made stay missing. false: an error
 * is in r->reply
 */
bool		matrix_fill_row(struct request *r, const struct wanted *w, const struct table *t, size_t row,
					   float *values);

/* rows * columns values; NULL: an error is in r->reply */
float	   *matrix_make(struct request *r, const struct wanted *w, const struct table *t);

#endif

/* From cells to the numbers a model works on. */
#ifndef STANDIN_FEATURE_MATRIX_H
#define STANDIN_FEATURE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct feature;
struct reply;
struct result;

/* feature->width values, NaN = missing; false: not a finite number where one has to be */
bool		matrix_fill_cell(const struct cell *c, const struct feature *f, float *values);

/*
 * The features of one row that come from columns; those that are made stay missing. false: an error
 * is in r->reply
 */
bool		matrix_fill_row(const struct result *result, size_t row, float *values,
							struct reply *reply);

/* rows * columns values; NULL: an error is in r->reply */
float	   *matrix_make(const struct result *result, struct reply *reply);

#endif

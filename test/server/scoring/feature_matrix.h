/* From cells to the numbers that a model takes. */
#ifndef STANDIN_FEATURE_MATRIX_H
#define STANDIN_FEATURE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct feature;
struct reply;
struct result;

/* f->width values, NaN = missing; false: it should be a finite number, and is not */
bool		matrix_fill_cell(const struct cell *c, const struct feature *f, float *values);

/*
 * Fills in the features of one row that come from columns; those that the server makes stay
 * missing. false: an error is in the reply.
 */
bool		matrix_fill_row(const struct result *result, size_t row, float *values,
							struct reply *reply);

/* rows * columns values, to be freed; NULL: an error is in the reply */
float	   *matrix_make(const struct result *result, struct reply *reply);

#endif

/*
 * determination.h
 *		The coefficient of determination, R squared.
 */
#ifndef DRS_DETERMINATION_H
#define DRS_DETERMINATION_H

#include "metrics/exactsum.h"

/*
 * Sums over labels as distances from one of them, so that what they have in
 * common costs no digits.  All zero is no row.
 */
typedef struct Determination
{
	int64		rows;
	double		origin;			/* label of the first row */
	double		lowest;			/* labels */
	double		highest;
	ExactSum	weight;
	ExactSum	distance;
	ExactSum	squared_distance;
	ExactSum	squared_error;
} Determination;

/* Nothing here raises, but the last. */
extern void drs_determination_add(Determination *to, double label, double prediction,
								  double weight);
extern void drs_determination_merge(Determination *to, const Determination *from);

/*
 * 1 less the share of the labels' variance that is left in the errors.  If all
 * labels are equal, 1 for predictions without error and else 0, as
 * scikit-learn has it.  False for fewer than two rows.  Raises 22003 if a sum
 * has overflowed or underflowed.
 */
extern bool drs_determination_r2(const Determination *of, double *r2);

#endif							/* DRS_DETERMINATION_H */

/*
 * exactsum.h
 *		Sums of doubles that do not lose what single additions round off.
 *
 * After Neumaier (1974): what each addition rounds off is exact in a double,
 * and is summed beside the sum itself.  So the order in which values come, and
 * with it the plan of a query, changes a result in its last bit at most.
 *
 * Nothing here raises.  A sum that overflows is not finite ever after.
 */
#ifndef DRS_EXACTSUM_H
#define DRS_EXACTSUM_H

#include <math.h>

/* All zero is the empty sum. */
typedef struct ExactSum
{
	double		high;			/* what a plain sum has */
	double		low;			/* what it has lost */
} ExactSum;

static inline void
drs_sum_add(ExactSum *sum, double value)
{
	double		high = sum->high + value;
	double		added = high - sum->high;

	sum->low += (sum->high - (high - added)) + (value - added);
	sum->high = high;
}

/* Add a product, and what its rounding loses. */
static inline void
drs_sum_add_product(ExactSum *sum, double a, double b)
{
	double		product = a * b;

	drs_sum_add(sum, product);
	sum->low += fma(a, b, -product);
}

/* Add the product of a number and another sum. */
static inline void
drs_sum_add_scaled(ExactSum *sum, double a, const ExactSum *other)
{
	drs_sum_add_product(sum, a, other->high);
	drs_sum_add_product(sum, a, other->low);
}

/* Add the product of two other sums. */
static inline void
drs_sum_add_scaled_sum(ExactSum *sum, const ExactSum *a, const ExactSum *b)
{
	drs_sum_add_scaled(sum, a->high, b);
	drs_sum_add_scaled(sum, a->low, b);
}

static inline void
drs_sum_add_sum(ExactSum *sum, const ExactSum *other)
{
	drs_sum_add(sum, other->high);
	sum->low += other->low;
}

/* The sum, rounded once. */
static inline double
drs_sum_value(const ExactSum *sum)
{
	return sum->high + sum->low;
}

#endif							/* DRS_EXACTSUM_H */

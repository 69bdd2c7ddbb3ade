/*
 * determination.c
 *		The coefficient of determination, R squared.
 */
#include "postgres.h"

#include <math.h>

#include "metrics/determination.h"
#include "metrics/metricvalue.h"

static double squared_deviation(const Determination *of);

/* Add weight * a * a. */
static void
add_square(ExactSum *sum, double weight, double a)
{
	double		square = a * a;

	drs_sum_add_product(sum, weight, square);
	drs_sum_add_product(sum, weight, fma(a, a, -square));
}

void
drs_determination_add(Determination *to, double label, double prediction, double weight)
{
	double		distance;

	if (to->rows++ == 0)
		to->origin = to->lowest = to->highest = label;
	to->lowest = Min(to->lowest, label);
	to->highest = Max(to->highest, label);
	distance = label - to->origin;
	drs_sum_add(&to->weight, weight);
	drs_sum_add_product(&to->distance, weight, distance);
	add_square(&to->squared_distance, weight, distance);
	add_square(&to->squared_error, weight, label - prediction);
}

void
drs_determination_merge(Determination *to, const Determination *from)
{
	double		shift;

	if (from->rows == 0)
		return;
	if (to->rows == 0)
	{
		*to = *from;
		return;
	}
	/* distances of the other's labels from our origin */
	shift = from->origin - to->origin;
	drs_sum_add_sum(&to->squared_distance, &from->squared_distance);
	drs_sum_add_scaled(&to->squared_distance, 2 * shift, &from->distance);
	add_square(&to->squared_distance, drs_sum_value(&from->weight), shift);
	drs_sum_add_sum(&to->distance, &from->distance);
	drs_sum_add_scaled(&to->distance, shift, &from->weight);
	drs_sum_add_sum(&to->weight, &from->weight);
	drs_sum_add_sum(&to->squared_error, &from->squared_error);
	to->lowest = Min(to->lowest, from->lowest);
	to->highest = Max(to->highest, from->highest);
	to->rows += from->rows;
}

bool
drs_determination_r2(const Determination *of, double *r2)
{
	double		error = drs_metric_result(drs_sum_value(&of->squared_error));

	if (of->rows < 2)
		return false;
	if (of->lowest == of->highest)
		*r2 = error == 0 ? 1 : 0;
	else
		*r2 = 1 - drs_metric_ratio(error, squared_deviation(of));
	return true;
}

/*
 * The sum of squared distances from the mean.  Any number in place of the mean
 * gives that sum and the square of its own error; the rounded mean has none
 * that matters.
 */
static double
squared_deviation(const Determination *of)
{
	double		mean = drs_sum_value(&of->distance) / drs_sum_value(&of->weight);
	ExactSum	deviation = of->squared_distance;

	drs_sum_add_scaled(&deviation, -2 * mean, &of->distance);
	add_square(&deviation, of->weight.high, mean);
	add_square(&deviation, of->weight.low, mean);
	return drs_sum_value(&deviation);
}

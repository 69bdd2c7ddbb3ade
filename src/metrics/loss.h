/*
 * loss.h
 *		What one prediction costs, by metric.
 *
 * Pure functions, as scikit-learn 1.9 computes them.  Nothing raises.
 */
#ifndef DRS_LOSS_H
#define DRS_LOSS_H

#include <float.h>
#include <math.h>

typedef double (*Loss) (double label, double prediction);

static inline double
drs_squared_error(double label, double prediction)
{
	double		error = label - prediction;

	return error * error;
}

static inline double
drs_absolute_error(double label, double prediction)
{
	return fabs(label - prediction);
}

/* Relative to the label, or to DBL_EPSILON where the label is nearer to 0. */
static inline double
drs_relative_error(double label, double prediction)
{
	return fabs(label - prediction) / fmax(fabs(label), DBL_EPSILON);
}

/*
 * Minus the logarithm of the probability of the class that is true.  No
 * probability is nearer to 0 or to 1 than DBL_EPSILON.
 */
static inline double
drs_logarithmic_loss(double label, double probability)
{
	double		of_truth = label == 1 ? probability : 1 - probability;

	return -log(fmin(fmax(of_truth, DBL_EPSILON), 1 - DBL_EPSILON));
}

#endif							/* DRS_LOSS_H */

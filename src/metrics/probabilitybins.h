/*
 * probabilitybins.h
 *		Bins of equal width over probabilities, for calibration curves.
 *
 * A probability on an edge belongs to the bin below it, and 0 to the first, as
 * in scikit-learn's calibration_curve.
 */
#ifndef DRS_PROBABILITYBINS_H
#define DRS_PROBABILITYBINS_H

#include "metrics/exactsum.h"

/* All zero is an empty bin. */
typedef struct ProbabilityBin
{
	int64		rows;
	ExactSum	weight;
	ExactSum	probability;	/* times weight */
	ExactSum	label;			/* times weight */
} ProbabilityBin;

/* The upper edge of a bin, from 0; that of -1 is 0. */
extern double drs_bin_edge(int bin, int nbins);

/* The bin of a probability. */
extern int	drs_bin_of(double probability, int nbins);

extern void drs_bin_add(ProbabilityBin *bin, double label, double probability, double weight);
extern void drs_bin_merge(ProbabilityBin *bin, const ProbabilityBin *other);

#endif							/* DRS_PROBABILITYBINS_H */

/*
 * meanloss.h
 *		Weighted means, of losses above all.
 */
#ifndef DRS_MEANLOSS_H
#define DRS_MEANLOSS_H

#include "metrics/exactsum.h"

/* All zero is no row. */
typedef struct MeanLoss
{
	ExactSum	loss;
	ExactSum	weight;
} MeanLoss;

static inline void
drs_mean_add(MeanLoss *mean, double loss, double weight)
{
	drs_sum_add_product(&mean->loss, weight, loss);
	drs_sum_add(&mean->weight, weight);
}

static inline void
drs_mean_merge(MeanLoss *mean, const MeanLoss *other)
{
	drs_sum_add_sum(&mean->loss, &other->loss);
	drs_sum_add_sum(&mean->weight, &other->weight);
}

/* There must have been a row with a weight.  Raises 22003 if a sum has overflowed. */
extern double drs_mean_value(const MeanLoss *mean);

#endif							/* DRS_MEANLOSS_H */

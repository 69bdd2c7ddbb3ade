/*
 * meanloss.c
 *		Weighted means, of losses above all.
 */
#include "postgres.h"

#include "metrics/meanloss.h"
#include "metrics/metricvalue.h"

double
drs_mean_value(const MeanLoss *mean)
{
	return drs_metric_result(drs_sum_value(&mean->loss)) /
		drs_metric_result(drs_sum_value(&mean->weight));
}

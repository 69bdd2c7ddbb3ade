/*
 * metricrow.h
 *		One row of a metric: arguments of its transition function.
 */
#ifndef DRS_METRICROW_H
#define DRS_METRICROW_H

#include "fmgr.h"

#include "metrics/metricvalue.h"

typedef struct MetricRow
{
	double		label;
	double		prediction;
	double		weight;			/* more than 0; 1 without weights */
} MetricRow;

/*
 * Read a row, whose weight is the argument of this number, if there is such an
 * argument.  False when the row does not count: an argument is NULL, or the
 * weight 0.  Raises 22023 for values that are not of the kinds.
 */
extern bool drs_metric_row(FunctionCallInfo fcinfo, ValueKind labels, ValueKind predictions,
						   int weight_arg, MetricRow *row);

/* The same without label and prediction, which are of other types. */
extern bool drs_metric_weight(FunctionCallInfo fcinfo, int weight_arg, double *weight);

#endif							/* DRS_METRICROW_H */

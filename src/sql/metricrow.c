/*
 * metricrow.c
 *		One row of a metric.
 */
#include "postgres.h"

#include "sql/metricrow.h"

/* Arguments of transition functions; the first is the state. */
enum
{
	ARG_LABEL = 1,
	ARG_PREDICTION
};

bool
drs_metric_weight(FunctionCallInfo fcinfo, int weight_arg, double *weight)
{
	for (int arg = ARG_LABEL; arg < PG_NARGS(); arg++)
	{
		if (PG_ARGISNULL(arg))
			return false;
	}
	*weight = 1;
	if (PG_NARGS() > weight_arg)
	{
		*weight = PG_GETARG_FLOAT8(weight_arg);
		drs_metric_check_value(VALUE_WEIGHT, "the weight", *weight);
	}
	return *weight > 0;
}

/* Values of rows without weight are checked, too: what they are is not to depend on weights. */
bool
drs_metric_row(FunctionCallInfo fcinfo, ValueKind labels, ValueKind predictions, int weight_arg,
			   MetricRow *row)
{
	bool		counts = drs_metric_weight(fcinfo, weight_arg, &row->weight);

	if (PG_ARGISNULL(ARG_LABEL) || PG_ARGISNULL(ARG_PREDICTION))
		return false;
	row->label = PG_GETARG_FLOAT8(ARG_LABEL);
	row->prediction = PG_GETARG_FLOAT8(ARG_PREDICTION);
	drs_metric_check_value(labels, "the label", row->label);
	drs_metric_check_value(predictions, "the prediction", row->prediction);
	return counts;
}

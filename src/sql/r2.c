/*
 * r2.c
 *		The aggregate r2.
 */
#include "postgres.h"

#include "metrics/determination.h"
#include "sql/metricrow.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_r2_row);
PG_FUNCTION_INFO_V1(drs_r2_combine);
PG_FUNCTION_INFO_V1(drs_r2_final);

#define ARG_WEIGHT 3

typedef struct DeterminationState
{
	MetricState head;
	Determination sums;
} DeterminationState;

Datum
drs_r2_row(PG_FUNCTION_ARGS)
{
	DeterminationState *state;
	MetricRow	row;

	if (!drs_metric_row(fcinfo, VALUE_REAL, VALUE_REAL, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = drs_metric_state(fcinfo, sizeof(DeterminationState));
	drs_determination_add(&state->sums, row.label, row.prediction, row.weight);
	PG_RETURN_POINTER(state);
}

static void
merge_sums(void *to, const void *from)
{
	drs_determination_merge(&((DeterminationState *) to)->sums,
							&((const DeterminationState *) from)->sums);
}

Datum
drs_r2_combine(PG_FUNCTION_ARGS)
{
	return drs_metric_combine(fcinfo, merge_sums);
}

Datum
drs_r2_final(PG_FUNCTION_ARGS)
{
	double		r2;

	if (PG_ARGISNULL(0) ||
		!drs_determination_r2(&((DeterminationState *) PG_GETARG_POINTER(0))->sums, &r2))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(r2);
}

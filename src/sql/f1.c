/*
 * f1.c
 *		The aggregate f1.
 */
#include "postgres.h"

#include "metrics/exactsum.h"
#include "sql/metricrow.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_f1_row);
PG_FUNCTION_INFO_V1(drs_f1_combine);
PG_FUNCTION_INFO_V1(drs_f1_final);

#define ARG_WEIGHT 3

typedef struct F1State
{
	MetricState head;
	ExactSum	hits;			/* weight of positive rows predicted to be so */
	ExactSum	misses;			/* of rows that are one and not the other */
} F1State;

Datum
drs_f1_row(PG_FUNCTION_ARGS)
{
	F1State    *state;
	MetricRow	row;

	if (!drs_metric_row(fcinfo, VALUE_BINARY, VALUE_BINARY, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = drs_metric_state(fcinfo, sizeof(F1State));
	if (row.label != row.prediction)
		drs_sum_add(&state->misses, row.weight);
	else if (row.label == 1)
		drs_sum_add(&state->hits, row.weight);
	PG_RETURN_POINTER(state);
}

static void
merge_counts(void *to, const void *from)
{
	drs_sum_add_sum(&((F1State *) to)->hits, &((const F1State *) from)->hits);
	drs_sum_add_sum(&((F1State *) to)->misses, &((const F1State *) from)->misses);
}

Datum
drs_f1_combine(PG_FUNCTION_ARGS)
{
	return drs_metric_combine(fcinfo, merge_counts);
}

/* NULL when no row is positive or predicted to be. */
Datum
drs_f1_final(PG_FUNCTION_ARGS)
{
	const F1State *state;
	double		hits,
				all;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const F1State *) PG_GETARG_POINTER(0);
	hits = 2 * drs_sum_value(&state->hits);
	all = drs_metric_result(hits + drs_sum_value(&state->misses));
	if (all == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(hits / all);
}

/*
 * rankmetrics.c
 *		Aggregates that depend on the order of predictions: auc, gini, lift
 *		and roc_points.
 */
#include "postgres.h"

#include "base/compat.h"
#include "metrics/ranking.h"
#include "sql/compositearray.h"
#include "sql/metricrow.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_score_row);
PG_FUNCTION_INFO_V1(drs_gini_row);
PG_FUNCTION_INFO_V1(drs_lift_row);
PG_FUNCTION_INFO_V1(drs_auc_final);
PG_FUNCTION_INFO_V1(drs_gini_final);
PG_FUNCTION_INFO_V1(drs_lift_final);
PG_FUNCTION_INFO_V1(drs_roc_points_final);

/* Arguments of transition functions: the weight comes last. */
#define ARG_WEIGHT 3
enum
{
	LIFT_ARG_SHARE = 3,
	LIFT_ARG_WEIGHT
};

#define POINT_COLUMNS 3

typedef struct RankState
{
	ScoreSet   *by_prediction;
	ScoreSet   *by_label;		/* Gini only, and the next */
	double		origin;			/* label of the first row */
	double		share;			/* lift only */
} RankState;

static RankState *
rank_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	ScoreStore *store;
	RankState  *state;

	if (!PG_ARGISNULL(0))
		return (RankState *) PG_GETARG_POINTER(0);
	context = drs_metric_context(fcinfo);
	store = drs_score_store((ScoreStore **) &fcinfo->flinfo->fn_extra, context);
	state = MemoryContextAllocZero(context, sizeof(RankState));
	state->by_prediction = drs_score_set(store);
	state->by_label = drs_score_set(store);
	return state;
}

static void
add_classes(RankState *state, const MetricRow *row)
{
	drs_score_add(state->by_prediction, row->prediction, row->label * row->weight,
				  (1 - row->label) * row->weight);
}

Datum
drs_score_row(PG_FUNCTION_ARGS)
{
	RankState  *state;
	MetricRow	row;

	if (!drs_metric_row(fcinfo, VALUE_BINARY, VALUE_SCORE, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = rank_state(fcinfo);
	add_classes(state, &row);
	PG_RETURN_POINTER(state);
}

Datum
drs_gini_row(PG_FUNCTION_ARGS)
{
	RankState  *state;
	MetricRow	row;
	ExactSum	distance = {0};
	ExactSum	weighted = {0};

	if (!drs_metric_row(fcinfo, VALUE_REAL, VALUE_SCORE, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = rank_state(fcinfo);
	if (PG_ARGISNULL(0))
		state->origin = row.label;
	drs_sum_add(&distance, row.label);
	drs_sum_add(&distance, -state->origin);
	drs_sum_add_scaled(&weighted, row.weight, &distance);
	drs_score_add(state->by_prediction, row.prediction, weighted.high, row.weight);
	if (weighted.low != 0)
		drs_score_add(state->by_prediction, row.prediction, weighted.low, 0);
	drs_score_add(state->by_label, row.label, 0, row.weight);
	PG_RETURN_POINTER(state);
}

/* The share must be the same for all rows. */
static void
set_share(RankState *state, double share)
{
	if (!(share > 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the share must be more than 0 and at most 1, not %s",
						float8out_internal(share))));
	if (state->share != 0 && state->share != share)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the share must be the same for all rows")));
	state->share = share;
}

Datum
drs_lift_row(PG_FUNCTION_ARGS)
{
	RankState  *state;
	MetricRow	row;

	if (!drs_metric_row(fcinfo, VALUE_BINARY, VALUE_SCORE, LIFT_ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = rank_state(fcinfo);
	set_share(state, PG_GETARG_FLOAT8(LIFT_ARG_SHARE));
	add_classes(state, &row);
	PG_RETURN_POINTER(state);
}

Datum
drs_auc_final(PG_FUNCTION_ARGS)
{
	double		auc;

	if (PG_ARGISNULL(0) ||
		!drs_ranking_auc(((RankState *) PG_GETARG_POINTER(0))->by_prediction, &auc))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(auc);
}

Datum
drs_gini_final(PG_FUNCTION_ARGS)
{
	const RankState *state;
	double		gini;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const RankState *) PG_GETARG_POINTER(0);
	if (!drs_ranking_gini(state->by_prediction, state->by_label, state->origin, &gini))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(gini);
}

Datum
drs_lift_final(PG_FUNCTION_ARGS)
{
	const RankState *state;
	double		lift;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const RankState *) PG_GETARG_POINTER(0);
	if (!drs_ranking_lift(state->by_prediction, state->share, &lift))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(lift);
}

/* datarobot.roc_point[]. */
Datum
drs_roc_points_final(PG_FUNCTION_ARGS)
{
	RocPoint   *points;
	int			count;
	CompositeArray array;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	points = drs_ranking_roc(((RankState *) PG_GETARG_POINTER(0))->by_prediction, &count);
	if (points == NULL)
		PG_RETURN_NULL();
	drs_composites_begin(&array, fcinfo, POINT_COLUMNS, count);
	for (int i = 0; i < count; i++)
	{
		Datum		values[POINT_COLUMNS] = {
			Float8GetDatum(points[i].threshold),
			Float8GetDatum(points[i].false_positive_rate),
			Float8GetDatum(points[i].true_positive_rate)
		};

		drs_composites_add(&array, values);
	}
	return drs_composites_end(&array);
}

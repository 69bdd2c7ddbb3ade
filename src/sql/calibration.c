/*
 * calibration.c
 *		The aggregate calibration.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "metrics/probabilitybins.h"
#include "sql/compositearray.h"
#include "sql/metricrow.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_calibration_row);
PG_FUNCTION_INFO_V1(drs_calibration_combine);
PG_FUNCTION_INFO_V1(drs_calibration_final);

enum
{
	ARG_BINS = 3,
	ARG_WEIGHT
};

/* A state has all its bins from the first row on, and there may be many groups. */
#define MOST_BINS 1000

#define BIN_COLUMNS 7

typedef struct CalibrationState
{
	MetricState head;			/* its number is that of the bins */
	ProbabilityBin bins[FLEXIBLE_ARRAY_MEMBER];
} CalibrationState;

static CalibrationState *
calibration_state(FunctionCallInfo fcinfo)
{
	double		wanted = PG_GETARG_FLOAT8(ARG_BINS);
	int32		nbins;
	CalibrationState *state;

	if (!(wanted >= 1 && wanted <= MOST_BINS && wanted == floor(wanted)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be a whole number from 1 to %d, not %s", MOST_BINS,
						float8out_internal(wanted))));
	nbins = (int32) wanted;
	state = drs_metric_state(fcinfo, offsetof(CalibrationState, bins) +
							 nbins * sizeof(ProbabilityBin));
	if (PG_ARGISNULL(0))
		state->head.number = nbins;
	if (state->head.number != nbins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be the same for all rows")));
	return state;
}

Datum
drs_calibration_row(PG_FUNCTION_ARGS)
{
	CalibrationState *state;
	MetricRow	row;
	int			bin;

	if (!drs_metric_row(fcinfo, VALUE_BINARY, VALUE_PROBABILITY, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	state = calibration_state(fcinfo);
	bin = drs_bin_of(row.prediction, state->head.number);
	drs_bin_add(&state->bins[bin], row.label, row.prediction, row.weight);
	PG_RETURN_POINTER(state);
}

static void
merge_bins(void *to, const void *from)
{
	CalibrationState *state = to;
	const CalibrationState *other = from;

	if (state->head.number != other->head.number)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be the same for all rows")));
	for (int i = 0; i < state->head.number; i++)
		drs_bin_merge(&state->bins[i], &other->bins[i]);
}

Datum
drs_calibration_combine(PG_FUNCTION_ARGS)
{
	return drs_metric_combine(fcinfo, merge_bins);
}

/* The attributes of datarobot.calibration_bin. */
static void
bin_values(const CalibrationState *state, int i, Datum *values)
{
	const ProbabilityBin *bin = &state->bins[i];
	int			nbins = state->head.number;
	double		weight = drs_metric_result(drs_sum_value(&bin->weight));

	values[0] = Int32GetDatum(i + 1);
	values[1] = Float8GetDatum(drs_bin_edge(i - 1, nbins));
	values[2] = Float8GetDatum(drs_bin_edge(i, nbins));
	values[3] = Int64GetDatum(bin->rows);
	values[4] = Float8GetDatum(weight);
	values[5] = Float8GetDatum(drs_metric_result(drs_sum_value(&bin->probability)) / weight);
	values[6] = Float8GetDatum(drs_metric_result(drs_sum_value(&bin->label)) / weight);
}

/* Bins without rows have no means, and are left out. */
Datum
drs_calibration_final(PG_FUNCTION_ARGS)
{
	const CalibrationState *state;
	CompositeArray array;
	Datum		values[BIN_COLUMNS];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const CalibrationState *) PG_GETARG_POINTER(0);
	drs_composites_begin(&array, fcinfo, BIN_COLUMNS, state->head.number);
	for (int i = 0; i < state->head.number; i++)
	{
		if (state->bins[i].rows == 0)
			continue;
		bin_values(state, i, values);
		drs_composites_add(&array, values);
	}
	return drs_composites_end(&array);
}

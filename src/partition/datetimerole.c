/*
 * datetimerole.c
 *		Which set of a datetime partitioning a row is in.
 */
#include "postgres.h"

#include "partition/datetimerole.h"

const char *
drs_datetimerole(const DatetimeLayout *layout, int backtest, Timestamp time)
{
	const DatetimeSplit *split = backtest < 0 ? &layout->holdout : &layout->backtests[backtest];

	if (backtest < 0 && !layout->has_holdout)
		return drs_range_has(&split->available, time) ? "Training" : "Unused";
	if (drs_range_has(&split->scored, time))
		return backtest < 0 ? "Holdout" : "Validation";
	if (drs_range_has(&split->gap, time))
		return "Gap";
	if (drs_range_has(&split->primary, time))
		return "Training";
	if (layout->has_holdout && drs_range_has(&layout->holdout.scored, time))
		return "Holdout";
	return "Unused";
}

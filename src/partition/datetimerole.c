/*
 * datetimerole.c
 *		Which set of a datetime partitioning a row is in.
 */
#include "postgres.h"

#include "partition/datetimerole.h"

DatetimeRole
drs_datetimerole(const DatetimeLayout *layout, int backtest, Timestamp time)
{
	const DatetimeSplit *split = backtest < 0 ? &layout->holdout : &layout->backtests[backtest];

	if (backtest < 0 && !layout->has_holdout)
		return drs_range_has(&split->available, time) ? ROLE_TRAINING : ROLE_UNUSED;
	if (drs_range_has(&split->scored, time))
		return backtest < 0 ? ROLE_HOLDOUT : ROLE_VALIDATION;
	if (drs_range_has(&split->gap, time))
		return ROLE_GAP;
	if (drs_range_has(&split->primary, time))
		return ROLE_TRAINING;
	if (layout->has_holdout && drs_range_has(&layout->holdout.scored, time))
		return ROLE_HOLDOUT;
	return ROLE_UNUSED;
}

const char *
drs_datetimerole_name(DatetimeRole role)
{
	static const char *const names[DATETIME_ROLES] = {
		[ROLE_TRAINING] = "Training",
		[ROLE_GAP] = "Gap",
		[ROLE_VALIDATION] = "Validation",
		[ROLE_HOLDOUT] = "Holdout",
		[ROLE_UNUSED] = "Unused"
	};

	return names[role];
}

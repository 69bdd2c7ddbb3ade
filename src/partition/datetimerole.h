/*
 * datetimerole.h
 *		Which set of a datetime partitioning a row is in.
 *
 * A row has a role for each model that is trained and judged: one for each
 * backtest, and one for the holdout.
 */
#ifndef DRS_DATETIMEROLE_H
#define DRS_DATETIMEROLE_H

#include "partition/datetimelayout.h"

typedef enum DatetimeRole
{
	ROLE_TRAINING,
	ROLE_GAP,
	ROLE_VALIDATION,
	ROLE_HOLDOUT,
	ROLE_UNUSED
} DatetimeRole;

#define DATETIME_ROLES (ROLE_UNUSED + 1)

/*
 * The set of a row by its time.  For the holdout (backtest is -1) training, gap,
 * holdout or unused; without a holdout all rows are training.  For a backtest any.
 * Training is primary training.  backtest is less than the layout's number of them.
 */
extern DatetimeRole drs_datetimerole(const DatetimeLayout *layout, int backtest, Timestamp time);

/* "Training", "Gap", "Validation", "Holdout" or "Unused"; a constant string. */
extern const char *drs_datetimerole_name(DatetimeRole role);

#endif							/* DRS_DATETIMEROLE_H */

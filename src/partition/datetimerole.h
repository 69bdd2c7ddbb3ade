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

/*
 * The set of a row by its time, a constant string.  For the holdout (backtest is
 * -1) "Training", "Gap", "Holdout" or "Unused"; without a holdout all rows are
 * "Training".  For a backtest "Training", "Gap", "Validation", "Holdout" or
 * "Unused".  Training is primary training.  backtest is less than the layout's
 * number of them.
 */
extern const char *drs_datetimerole(const DatetimeLayout *layout, int backtest, Timestamp time);

#endif							/* DRS_DATETIMEROLE_H */

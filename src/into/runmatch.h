/*
 * runmatch.h
 *		Whether a call may continue a run that another call began.
 */
#ifndef DRS_RUNMATCH_H
#define DRS_RUNMATCH_H

#include "into/ledger.h"

/* Do both calls ask for the same? */
extern bool drs_runmatch_is_same(const LedgerRun *wanted, const LedgerRun *found);

/* Raise 22023, naming everything that differs. */
extern void drs_runmatch_check(const LedgerRun *wanted, const LedgerRun *found);

/*
 * Raise when the run with this id is missing (record is NULL), another role's,
 * skipped, or not sliced.
 */
extern void drs_runmatch_check_resumable(const LedgerRun *record, int64 run_id);

#endif							/* DRS_RUNMATCH_H */

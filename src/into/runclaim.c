/*
 * runclaim.c
 *		Decides which run a call is, a new one or one to continue.
 */
#include "postgres.h"

#include "into/callclaim.h"
#include "into/run_internal.h"
#include "into/runmatch.h"

bool
drs_run_claim_call(const Run *run, IfRunning if_running, bool may_commit, int *holder)
{
	return drs_callclaim_take(&run->record, if_running, may_commit, holder);
}

void
drs_run_skip(Run *run, int holder)
{
	drs_callclaim_skip(&run->record, holder);
}

bool
drs_run_find(Run *run)
{
	LedgerRun  *found = drs_ledger_latest(&run->record);

	if (found == NULL ||
		(found->state == RUN_COMPLETED && !drs_runmatch_is_same(&run->record, found)))
		return false;
	drs_run_adopt(run, found);
	return true;
}

void
drs_run_adopt(Run *run, const LedgerRun *record)
{
	drs_runmatch_check(&run->record, record);
	if (run->by_jobs != (record->job_mark != NULL))
		drs_run_choose_method(run, record->deployment, record->job_mark != NULL);
	run->record = *record;
}

bool
drs_run_is_complete(const Run *run)
{
	return run->record.id != 0 && run->record.state == RUN_COMPLETED;
}

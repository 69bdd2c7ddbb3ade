/*
 * callclaim.c
 *		Keeps identical calls of a role apart, as the option if_running says.
 */
#include "postgres.h"

#include "base/subxact.h"
#include "into/callclaim.h"
#include "into/ledgerlock.h"

bool
drs_callclaim_take(const LedgerRun *run, IfRunning if_running, bool may_commit, int *holder)
{
	bool		wait = if_running == IF_RUNNING_WAIT;

	if (wait && may_commit)
		drs_next_transaction(); /* nothing is held while another run is waited for */
	if (drs_ledger_lock_call(run, if_running != IF_RUNNING_START, wait, CurrentMemoryContext,
							 holder))
		return true;
	if (if_running == IF_RUNNING_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the same call is already running"),
				 *holder ? errdetail("Process %d is running it.", *holder) : 0));
	return false;
}

void
drs_callclaim_skip(LedgerRun *run, int holder)
{
	run->id = drs_ledger_begin(run);
	drs_ledger_end(run->id, RUN_SKIPPED, NULL,
				   psprintf("process %d was running the same call", holder));
	ereport(NOTICE,
			(errmsg("skipped, because the same call is already running"),
			 holder ? errdetail("Process %d is running it.", holder) : 0));
}

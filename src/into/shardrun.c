/*
 * shardrun.c
 *		The run in the ledger of the coordinator whose shards have runs of their own, in
 *		the ledgers of their nodes.
 */
#include "postgres.h"

#include "into/ledgerlock.h"
#include "into/runmatch.h"
#include "into/shardrun.h"

static void
lock_run(const LedgerRun *run)
{
	int			holder = 0;

	if (!drs_ledger_lock(run->id, CurrentMemoryContext, &holder))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("run " INT64_FORMAT " is already running", run->id),
				 holder ? errdetail("Process %d is running it.", holder) : 0));
}

static bool
continue_run(LedgerRun *run, const LedgerRun *found)
{
	drs_runmatch_check(run, found);
	run->id = found->id;
	run->job_mark = found->job_mark;
	if (found->state == RUN_COMPLETED)
	{
		ereport(NOTICE,
				(errmsg("run " INT64_FORMAT " is complete", found->id)));
		return false;
	}
	lock_run(run);
	drs_ledger_reopen(run->id);
	return true;
}

bool
drs_shardrun_open(LedgerRun *run, bool resume)
{
	LedgerRun  *found = resume ? drs_ledger_latest(run) : NULL;

	if (found && (found->state != RUN_COMPLETED || drs_runmatch_is_same(run, found)))
		return continue_run(run, found);
	if (resume)
		ereport(NOTICE,
				(errmsg("there is no run to resume; this is a new one")));
	run->job_mark = drs_ledger_make_mark();
	run->id = drs_ledger_begin(run);
	lock_run(run);
	return true;
}

void
drs_shardrun_end(const LedgerRun *run, const char *message)
{
	drs_ledger_end(run->id, message ? RUN_FAILED : RUN_COMPLETED,
				   message ? unpack_sql_state(ERRCODE_FDW_ERROR) : NULL, message);
}

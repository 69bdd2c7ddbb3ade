/*
 * runstart.c
 *		Begins a sliced run or continues one, and has it scored here or by workers.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "base/subxact.h"
#include "into/ledgerlock.h"
#include "into/run_internal.h"
#include "into/temporarytable.h"
#include "into/unloggedtable.h"
#include "into/workers.h"
#include "rows/keyranges.h"

static bool
has_workers(const Run *run)
{
	return run->options->write.workers > 1;
}

/* Raise for a target that does not keep from slice to slice what is written to it. */
static void
check_kept(const Run *run)
{
	List	   *marked = drs_temporarytable_mark(run->target->oid);

	if (marked == NIL)
		return;
	drs_next_transaction();
	drs_temporarytable_check(marked, run->target->name);
}

static void
lock_run(const Run *run)
{
	int			holder = 0;

	if (!drs_ledger_lock(run->record.id, CurrentMemoryContext, &holder))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("run " INT64_FORMAT " is already running", run->record.id),
				 holder ? errdetail("Process %d is running it.", holder) : 0));
}

/* What workers do is opened here, too, so that the call is checked before there are any. */
static void
open_from(Run *run, LedgerPosition position)
{
	RunPart		all = {.number = 1, .nparts = 1, .position = position};

	drs_run_open(run, &all);
	if (has_workers(run))
		drs_workers_check(run->options, run->target, run->reader, run->feedback);
}

/* Cut the key range of a new run, and record in the ledger where. */
static void
split_keys(Run *run)
{
	LedgerRun  *record = &run->record;
	List	   *end;

	record->split_keys = drs_keyranges_cut(record->query, run->options->call.key_columns,
										   run->options->write.workers, &end);
	if (record->end_key == NIL && end != NIL)
		drs_ledger_set_end(record->id, record->end_key = end);
	drs_ledger_set_splits(record->id, record->split_keys);
}

void
drs_run_begin(Run *run)
{
	LedgerPosition start = {0};

	drs_target_check_new(run->target, run->traits->creates);
	check_kept(run);
	PushActiveSnapshot(GetTransactionSnapshot());
	open_from(run, start);
	run->record.id = drs_ledger_begin(&run->record);
	lock_run(run);
	if (has_workers(run))
		split_keys(run);
	drs_ledger_mark(run->record.id);
	PopActiveSnapshot();
}

void
drs_run_continue(Run *run)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	lock_run(run);
	run->before = drs_ledger_counts(run->record.id);
	if (run->before.written > 0)
		drs_unloggedtable_check(run->record.id, run->target->oid, run->target->name);
	open_from(run, drs_ledger_position(run->record.id, 1));
	drs_ledger_reopen(run->record.id);
	drs_ledger_mark(run->record.id);
	run->continues = true;
	PopActiveSnapshot();
}

static void
score_by_workers(Run *run)
{
	int			permits = run->plan.permit_holder ? run->plan.concurrency : 0;
	ErrorData  *error;

	drs_stream_close(run->stream);	/* it was opened to check the call */
	run->stream = NULL;
	error = drs_workers_run(run->record.id, list_length(run->record.split_keys) + 1, permits,
							run->endpoint->counters);
	if (error)
		drs_run_fail(run, error);
	drs_run_step(run, STEP_NOTE_END);
}

/* A run that continues: was it killed before it could record a job? */
static void
end_unrecorded_jobs(Run *run)
{
	drs_run_step(run, STEP_FIND_MARKED);
	if (run->marked != NIL)
		drs_run_step(run, STEP_LEAVE_RECORDED);
	if (run->marked != NIL)
		drs_run_step(run, STEP_ABORT_UNRECORDED);
}

void
drs_run_score(Run *run)
{
	if (run->by_jobs && run->continues)
		end_unrecorded_jobs(run);
	if (has_workers(run))
		score_by_workers(run);
	else
		drs_run_score_part(run);
}

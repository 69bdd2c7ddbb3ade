/*
 * runstep.c
 *		The steps of a sliced run: what each does, and how its transaction ends.
 *
 * A write that failed because of another transaction is repeated: all that it needs
 * is kept until it is committed.  Any other error is written to the ledger, in a
 * transaction of its own, before it is raised.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "base/subxact.h"
#include "into/ledgerlock.h"
#include "into/run_internal.h"
#include "into/writeretry.h"

/* The step works under a snapshot. */
#define SNAPSHOT 1

/* Before it works, permits of finished chunks go to the next ones, which are sent at once. */
#define RELEASES_PERMITS 2

/* When it fails, what was answered before is written all the same. */
#define SAVES_SLICE 4

/*
 * It is repeated if another transaction was in its way; once it is committed, what it
 * wrote is settled.
 */
#define WRITES 8

typedef struct RunStep
{
	const char *name;			/* in the server's log at DEBUG2 */
	void		(*work) (Run *run);
	int			flags;
} RunStep;

static void end_run(Run *run);

static const RunStep steps[] = {
	/* before the first row is sent, where workers must not see what others write */
	[STEP_BEGIN_READING] = {"begin reading", drs_run_begin_reading, SNAPSHOT},
	[STEP_AWAIT_READERS] = {"await readers", drs_run_await_readers, 0},

	/* of batch jobs */
	[STEP_FIND_MARKED] = {"find marked", drs_run_find_marked, 0},
	[STEP_LEAVE_RECORDED] = {"leave recorded", drs_run_leave_recorded, SNAPSHOT},
	[STEP_ABORT_UNRECORDED] = {"abort unrecorded", drs_run_abort_unrecorded, 0},
	[STEP_FIND_JOBS] = {"find jobs", drs_run_find_jobs, SNAPSHOT},
	[STEP_LOOK_AT_JOBS] = {"look at jobs", drs_run_look_at_jobs, 0},
	[STEP_DIVIDE_KEYS] = {"divide keys", drs_run_divide_keys, SNAPSHOT},
	[STEP_NEXT_SECTION] = {"next section", drs_run_next_section, SNAPSHOT},
	[STEP_NOTE_JOB] = {"note job", drs_run_note_job, SNAPSHOT | SAVES_SLICE},

	/* repeatedly */
	[STEP_READ] = {"read", drs_run_read, SNAPSHOT | RELEASES_PERMITS | SAVES_SLICE},
	[STEP_READ_SPOOL] = {"read spool", drs_run_read, RELEASES_PERMITS | SAVES_SLICE},
	[STEP_AWAIT_ANSWER] = {"await answer", drs_run_await_answer, RELEASES_PERMITS | SAVES_SLICE},
	[STEP_TAKE] = {"take", drs_run_take_answers, SNAPSHOT | RELEASES_PERMITS | SAVES_SLICE},
	[STEP_WRITE] = {"write", drs_run_write_slice, SNAPSHOT | WRITES},

	/* at the end: with the last slice, or after those of workers */
	[STEP_END] = {"write rest", end_run, SNAPSHOT | WRITES},
	[STEP_NOTE_END] = {"note end", drs_run_note_end, SNAPSHOT | WRITES},
};

static void
end_run(Run *run)
{
	drs_run_write_slice(run);
	drs_run_note_end(run);
}

/* What one transaction does. */
typedef struct StepWork
{
	Run		   *run;
	const RunStep *step;
} StepWork;

/* The role and search_path with which the run began, whatever a trigger has set since. */
static void
check_as_begun(const LedgerRun *record)
{
	if (!drs_ledger_keep_locks())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("run " INT64_FORMAT " was taken over by another process", record->id)));
	if (GetUserId() != record->owner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the role was changed while run " INT64_FORMAT " was running",
						record->id)));
	if (strcmp(namespace_search_path, record->search_path) != 0)
		(void) set_config_option("search_path", record->search_path, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

static void
release_permits(Run *run)
{
	if (run->plan.permit_holder && run->to_release)
		drs_stream_release(run->stream);
	run->to_release = false;
}

/* Has the signature that drs_attempt() needs. */
static void
work_as_begun(void *arg)
{
	const StepWork *this = arg;
	int			nestlevel = NewGUCNestLevel();

	check_as_begun(&this->run->record);
	if (this->step->flags & RELEASES_PERMITS)
		release_permits(this->run);
	this->step->work(this->run);
	AtEOXact_GUC(true, nestlevel);
}

/*
 * Do a step and end its transaction.  Returns NULL, or the error for which it was undone.
 * Even then the transaction ends here, with nothing in it: if the connection to another
 * server broke, it cannot be committed, and what is done next would be lost with it.
 */
static ErrorData *
do_and_commit(Run *run, const RunStep *step)
{
	StepWork	this = {run, step};
	ErrorData  *error;
	ErrorData  *end;

	if (run->in_worker && ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	elog(DEBUG2, "run " INT64_FORMAT ": %s", run->record.id, step->name);
	error = drs_attempt(work_as_begun, &this, (step->flags & SNAPSHOT) != 0);
	end = drs_commit();
	return error ? error : end;
}

/* The same, repeated as long as that is sensible. */
static ErrorData *
write_and_commit(Run *run, const RunStep *step)
{
	Retry		retry = {0};
	ErrorData  *error;

	while ((error = do_and_commit(run, step)) != NULL)
	{
		drs_run_undo_write(run);
		if (!drs_writeretry_wanted(&retry, error))
			return error;
		/* nothing is locked while the other transaction ends */
		error = drs_attempt(drs_writeretry_pause, &retry, false);
		if (error)
			return error;
	}
	drs_run_settle_write(run);
	run->to_release = true;
	return NULL;
}

static void
gather_decoded(void *arg)
{
	drs_run_gather_decoded(arg);
}

/*
 * What was answered before an error need not be asked for again.  But a cancel is
 * obeyed at once, and a run that commits once at its end commits nothing before.
 */
static void
save_slice(Run *run, const ErrorData *error)
{
	if (!run->slice->whole || error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		run->options->write.commit_interval == 0)
		return;
	(void) drs_attempt(gather_decoded, run, true);
	if (run->slice->read > 0 && run->slice->whole)
		(void) write_and_commit(run, &steps[STEP_WRITE]);
}

void
drs_run_step(Run *run, RunStepKind kind)
{
	const RunStep *step = &steps[kind];
	MemoryContext old = MemoryContextSwitchTo(run->step_cxt);
	ErrorData  *error = step->flags & WRITES ? write_and_commit(run, step) :
		do_and_commit(run, step);

	if (error && (step->flags & SAVES_SLICE))
		save_slice(run, error);
	if (error)
		drs_run_fail(run, error);
	MemoryContextSwitchTo(old);
	MemoryContextReset(run->step_cxt);
}

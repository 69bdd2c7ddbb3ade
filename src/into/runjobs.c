/*
 * runjobs.c
 *		Records the batch jobs of a run, and finds out what became of those of before.
 *
 * A job is in the ledger before a row is sent to it, and so is its last key before the
 * end is.  A run that continues reads the results of jobs that were sent completely, and
 * sends the rows of all others again.  So the key range of its part is divided: each
 * section has a stream of its own, in the order of the keys.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "base/subxact.h"
#include "batch/batchstream.h"
#include "batch/download.h"
#include "batch/job.h"
#include "into/joborphans.h"
#include "into/ledgerlock.h"
#include "into/run_internal.h"

/* Is all of a job committed?  The position is that after which this part continues. */
static bool
is_committed(Run *run, const LedgerJob *job)
{
	const Key  *key = drs_reader_key(run->reader);

	return job->last_key != NIL && run->begun_after != NIL &&
		drs_key_compare_values(key, drs_key_values(key, run->begun_after),
							   drs_key_values(key, job->last_key)) >= 0;
}

/* Its rows are to be sent again; say why, unless that is as always after a kill. */
static void
give_up(LedgerJob *job, RunJobStage stage, const char *why)
{
	job->stage = stage;
	if (why)
		ereport(NOTICE,
				(errmsg("the rows of batch job %s are sent again", job->job_id),
				 errdetail("%s", why)));
}

static void
abort_unsent(PublicApi *api, LedgerJob *job)
{
	(void) drs_job_abort(api, job->job_id);
	give_up(job, RUN_JOB_ABORTED, NULL);
}

/* What is to be done with a job that has all its rows, as the service has it now. */
static void
look_at_sealed(PublicApi *api, LedgerJob *job)
{
	const Job  *found = drs_job_find(api, job->job_id);

	if (found == NULL)
		give_up(job, RUN_JOB_LOST, "The service does not know the job any more.");
	else if (found->state == JOB_COMPLETED && !drs_download_is_there(api, found))
		give_up(job, RUN_JOB_LOST, "Its result is no longer kept at the service.");
	else if (found->state == JOB_COMPLETED)
		job->stage = RUN_JOB_SENT;
	else if (found->state == JOB_ABORTED)
		give_up(job, RUN_JOB_ABORTED, drs_job_details(found));
	else if (found->state == JOB_FAILED)
		give_up(job, RUN_JOB_LOST, drs_job_details(found));
	else if (job->stage == RUN_JOB_SEALED)
		abort_unsent(api, job); /* its end may never have been sent: it could wait for that */
}

static void
look_at(PublicApi *api, LedgerJob *job)
{
	InvalidateCatalogSnapshotConditionally();
	if (job->last_key == NIL)
		abort_unsent(api, job);
	else
		look_at_sealed(api, job);
}

/* Drop sections at the end whose rows are sent: the last stream sends them with the rest. */
static void
drop_last_sections(Run *run)
{
	while (run->sections != NIL)
	{
		const LedgerJob *last = llast(run->sections);

		if (last->stage == RUN_JOB_SENT)
			break;
		run->sections = list_delete_last(run->sections);
	}
}

void
drs_run_find_jobs(Run *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);
	ListCell   *lc;

	run->jobs_before = drs_ledgerjob_last(run->record.id, run->part);
	run->sections = drs_ledgerjob_open(run->record.id, run->part);
	foreach(lc, run->sections)
	{
		LedgerJob  *job = lfirst(lc);

		if (is_committed(run, job))
			job->stage = RUN_JOB_SETTLED;
	}
	MemoryContextSwitchTo(old);
}

void
drs_run_look_at_jobs(Run *run)
{
	PublicApi  *api = drs_api_open(run->endpoint);
	ListCell   *lc;

	foreach(lc, run->sections)
	{
		LedgerJob  *job = lfirst(lc);

		if (job->stage != RUN_JOB_SETTLED)
			look_at(api, job);
	}
	drs_api_close(api);
}

void
drs_run_divide_keys(Run *run)
{
	ListCell   *lc;

	foreach(lc, run->sections)
	{
		const LedgerJob *job = lfirst(lc);

		drs_ledgerjob_change(job);
		if (job->last_key == NIL || job->stage == RUN_JOB_SETTLED)
			run->sections = foreach_delete_current(run->sections, lc);
	}
	drop_last_sections(run);
}

/* ---- jobs that the run was killed before it could record */

/* Add to run->marked. */
static void
add_marked(Run *run, const char *job_id)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	run->marked = lappend(run->marked, pstrdup(job_id));
	MemoryContextSwitchTo(old);
}

void
drs_run_find_marked(Run *run)
{
	PublicApi  *api = drs_api_open(run->endpoint);
	List	   *jobs;
	ApiAnswer	refused;
	ListCell   *lc;

	InvalidateCatalogSnapshotConditionally();
	if (!drs_joborphans_marked(api, &jobs, &refused))
	{
		ereport(WARNING,
				(errcode(ERRCODE_CONNECTION_EXCEPTION),
				 errmsg("could not look for batch jobs of run " INT64_FORMAT " that were not"
						" recorded: the service answers %d to the question for its jobs",
						run->record.id, refused.exchange->status)));
		jobs = NIL;
	}
	foreach(lc, jobs)
	{
		const MarkedJob *job = lfirst(lc);

		if (strcmp(job->mark, run->record.job_mark) == 0)
			add_marked(run, job->job_id);
	}
	drs_api_close(api);
}

void
drs_run_leave_recorded(Run *run)
{
	ListCell   *lc;

	foreach(lc, run->marked)
		if (drs_ledgerjob_exists(run->record.id, lfirst(lc)))
			run->marked = foreach_delete_current(run->marked, lc);
}

void
drs_run_abort_unrecorded(Run *run)
{
	PublicApi  *api = drs_api_open(run->endpoint);
	ListCell   *lc;

	foreach(lc, run->marked)
	{
		InvalidateCatalogSnapshotConditionally();
		(void) drs_job_abort(api, lfirst(lc));
	}
	drs_api_close(api);
}

/* ---- sections of the keys */

static void
settle(List *jobs)
{
	ListCell   *lc;

	foreach(lc, jobs)
	{
		LedgerJob  *job = lfirst(lc);

		job->stage = RUN_JOB_SETTLED;
		drs_ledgerjob_change(job);
	}
}

/* Open the stream of the next section; after the last of them, that of all other rows. */
static void
open_section(Run *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	drs_stream_close(run->stream);
	run->stream = NULL;
	run->section = NULL;
	run->stream_ended = false;
	if (run->sections != NIL)
	{
		run->section = linitial(run->sections);
		run->sections = list_delete_first(run->sections);
		run->section_end = drs_key_values(drs_reader_key(run->reader), run->section->last_key);
	}
	drs_run_open_stream(run);
	MemoryContextSwitchTo(old);
}

/* Everything that was taken from the stream is committed. */
static void
leave_section(Run *run)
{
	LedgerJob  *section = run->section;

	if (section == NULL)
		return;
	if (section->stage == RUN_JOB_SENT)
	{
		section->stage = RUN_JOB_SETTLED;
		drs_ledgerjob_change(section);
		run->rows_numbered = Max(run->rows_numbered, section->rows_before + section->rows);
	}
	else
		run->rows_numbered += (int64) run->stream->rows_put;
	settle(run->jobs);
	run->jobs = NIL;
	run->jobs_before = drs_ledgerjob_last(run->record.id, run->part);
}

/* Answers are counted anew, and can have other parts. */
void
drs_run_next_section(Run *run)
{
	leave_section(run);
	run->slice->answer = 0;
	drs_writer_renew(run->writer);
	open_section(run);
}

bool
drs_run_is_past_section(const Run *run, const Datum *values)
{
	return run->section &&
		drs_key_compare(drs_reader_key(run->reader), values, run->section_end) > 0;
}

/* ---- what the stream wants to have recorded */

static LedgerJob *
job_of(const Run *run, const JobEvent *event)
{
	ListCell   *lc;

	foreach(lc, run->jobs)
	{
		LedgerJob  *job = lfirst(lc);

		if (job->number == run->jobs_before + event->number)
			return job;
	}
	elog(ERROR, "batch job %s was not recorded when it began", event->job_id);
}

static void
begin_job(Run *run, const JobEvent *event)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);
	LedgerJob  *job = palloc0(sizeof(LedgerJob));

	job->run_id = run->record.id;
	job->part = run->part;
	job->number = run->jobs_before + event->number;
	job->job_id = pstrdup(event->job_id);
	job->stage = RUN_JOB_BEGUN;
	job->rows_before = run->rows_numbered + (int64) event->rows_before;
	run->jobs = lappend(run->jobs, job);
	MemoryContextSwitchTo(old);
	drs_ledgerjob_add(job);
}

/*
 * Its last row is the last one that was put; at the end of the section or part, the rest
 * of the keys is its own.
 */
static void
seal_job(Run *run, LedgerJob *job, int64 rows)
{
	job->stage = RUN_JOB_SEALED;
	job->rows = rows;
	if (!run->stream_ended)
	{
		job->last_key = run->last_put;
		run->last_put = NIL;
	}
	else
		job->last_key = run->section ? run->section->last_key :
			run->upto ? run->upto : run->record.end_key;
	drs_ledgerjob_change(job);
}

void
drs_run_note_job(Run *run)
{
	const JobEvent *event = drs_batchstream_pending(run->stream);

	switch (event->stage)
	{
		case JOB_CREATED:
			begin_job(run, event);
			break;
		case JOB_SEALED:
			seal_job(run, job_of(run, event), (int64) event->rows);
			break;
		case JOB_SENT:
			job_of(run, event)->stage = RUN_JOB_SENT;
			drs_ledgerjob_change(job_of(run, event));
			break;
		case JOB_SETTLED:
			job_of(run, event)->stage = RUN_JOB_SETTLED;	/* with the next slice */
			break;
	}
}

void
drs_run_record_jobs(Run *run)
{
	const JobEvent *event;

	if (!run->by_jobs)
		return;
	while ((event = drs_batchstream_pending(run->stream)) != NULL)
	{
		if (event->stage == JOB_SETTLED)
			drs_run_note_job(run);
		else
			drs_run_step(run, STEP_NOTE_JOB);
		drs_batchstream_recorded(run->stream);
	}
}

/* A slice is written: it has the last predictions of jobs that are settled. */
void
drs_run_settle_jobs(Run *run)
{
	ListCell   *lc;

	foreach(lc, run->jobs)
	{
		const LedgerJob *job = lfirst(lc);

		if (job->stage == RUN_JOB_SETTLED)
			drs_ledgerjob_change(job);
	}
}

/* That is committed. */
void
drs_run_forget_jobs(Run *run)
{
	ListCell   *lc;

	foreach(lc, run->jobs)
	{
		const LedgerJob *job = lfirst(lc);

		if (job->stage == RUN_JOB_SETTLED)
			run->jobs = foreach_delete_current(run->jobs, lc);
	}
}

/* ---- after an error */

typedef struct JobsToAbort
{
	Run		   *run;
	bool		sent;			/* those that were sent completely, too */
	bool		expired;		/* the result that is read again is not there any more */
} JobsToAbort;

/* The next time, its rows are sent again. */
static void
lose_section(LedgerJob *section)
{
	section->stage = RUN_JOB_LOST;
	drs_ledgerjob_change(section);
}

static void
abort_jobs(void *arg)
{
	const JobsToAbort *these = arg;
	Run		   *run = these->run;
	List	   *jobs;
	PublicApi  *api;
	ListCell   *lc;

	if (!drs_ledger_keep_locks())
		return;					/* another process continues it already */
	if (these->expired)
		lose_section(run->section);
	jobs = drs_ledgerjob_open(run->record.id, run->in_worker ? run->part : 0);
	if (jobs == NIL)
		return;
	api = drs_api_open(run->endpoint);
	foreach(lc, jobs)
	{
		LedgerJob  *job = lfirst(lc);

		if ((job->stage == RUN_JOB_SENT && !these->sent) ||
			!drs_job_try_abort(api, job->job_id))
			continue;
		job->stage = RUN_JOB_ABORTED;
		drs_ledgerjob_change(job);
	}
	drs_api_close(api);
}

/*
 * Abort jobs that did not get all their rows and, after a cancel, those that did.  What
 * cannot be aborted now is found again by the ledger.
 */
void
drs_run_abort_jobs(Run *run, const ErrorData *error)
{
	bool		cancelled = error->sqlerrcode == ERRCODE_QUERY_CANCELED &&
		!(run->stream && drs_batchstream_leaves_jobs(run->stream));
	JobsToAbort these = {run, cancelled,
						 run->section && error->sqlerrcode == ERRCODE_UNDEFINED_OBJECT &&
						 run->stream && run->stream->rows_taken == 0};
	ErrorData  *second;

	if (!run->by_jobs)
		return;
	second = drs_attempt(abort_jobs, &these, true);
	if (second)
		ereport(WARNING,
				(errcode(second->sqlerrcode),
				 errmsg("could not abort the batch jobs of run " INT64_FORMAT ": %s",
						run->record.id, second->message),
				 errhint("Resume the run, or call datarobot.batch_abort_orphans().")));
}

/*
 * runopen.c
 *		Opens a run once its columns are known: the reader, and the stages from the
 *		query to the target.
 *
 * All checks that need no answer are made here.
 */
#include "postgres.h"

#include "api/featurecompare.h"
#include "api/targetkind.h"
#include "base/clock.h"
#include "batch/batchstream.h"
#include "into/announcement.h"
#include "into/run_internal.h"
#include "realtime/pipeline.h"

int
drs_run_rows_per_read(const Run *run)
{
	return (int) Min((int64) run->options->transfer.chunk_rows * run->plan.concurrency, 1000000);
}

void
drs_run_open_stages(Run *run, TupleDesc desc)
{
	if (!run->in_worker)
		drs_callcounters_report(run->endpoint->counters, "score_into");
	run->columns = drs_features_choose(run->endpoint, run->request->deployment,
									   CreateTupleDescCopy(desc), true);
	run->output = drs_output_match(run->target, run->columns, run->options,
								   run->record.deployment);
	run->writer = drs_run_open_writer(run);
	drs_writer_check(run->writer);
	run->partitions = drs_targetpartition_check(run->target, run->output, run->options);
	if (!OidIsValid(run->target->oid))
		drs_targetkind_learn(run->endpoint, run->request);	/* types of columns do not change */
	run->slice = drs_slice_open(run->output, run->columns, run->options);
	run->needed_column = drs_forecasts_needed_column(run->target, run->output);
	if (!run->in_worker)
		drs_output_announce(run->target, run->output, run->options);
}

/* A job of before whose result is read again has its own numbers. */
static void
open_jobs(Run *run)
{
	const LedgerJob *again = run->section && run->section->stage == RUN_JOB_SENT ?
		run->section : NULL;
	BatchPlan	plan = {.isolates = run->options->write.on_error != ON_ERROR_STOP,
						.is_recorded = run->sliced, .mark = run->record.job_mark};

	plan.first_row = (uint64) (again ? again->rows_before : run->rows_numbered) + 1;
	run->stream = again ?
		drs_batchstream_reread(run->endpoint, run->request, run->columns, run->output->shape,
							   &plan, again->job_id, (uint64) again->rows) :
		drs_batchstream_open(run->endpoint, run->request, run->columns, run->output->shape,
							 &plan);
}

void
drs_run_open_stream(Run *run)
{
	if (run->by_jobs)
	{
		open_jobs(run);
		return;
	}
	run->plan.first_row = (uint64) run->rows_numbered + 1;
	run->plan.isolates = run->options->write.on_error != ON_ERROR_STOP;
	run->plan.takes_forecasts = run->forecasts;
	run->stream = drs_pipeline_open(run->endpoint, run->request, run->columns, run->output->shape,
									&run->plan);
}

/*
 * While a slice is at most a chunk, chunks that are answered but not committed count
 * as in flight: then at most "concurrency" of them are sent again after a crash.  Who
 * asks for larger slices accepts that those of the open slice come on top.
 */
static bool
needs_held_permits(const Options *options)
{
	return options->write.commit_interval < 0 &&
		options->write.commit_rows <= options->transfer.chunk_rows;
}

/*
 * The parts of a run share what the options allow it; without permits, each may have
 * its share in flight.
 */
static void
plan_part(Run *run, const RunPart *part)
{
	run->plan.rate_limit /= part->nparts;
	run->plan.permit_holder = part->permits;
	if (part->permits == NULL)
		run->plan.concurrency = Max(1, run->plan.concurrency / part->nparts);
	if (part->permits == NULL && needs_held_permits(run->options))
		run->plan.permit_holder = drs_permits_local(run->plan.concurrency);
}

/*
 * A run that is continued writes to what it wrote to before; a new run records what
 * that is.  If the target is still to be created, the first slice does so.
 */
static void
know_target(Run *run)
{
	if (run->record.identity.relations != NIL)
		drs_targetidentity_check(&run->record.identity, run->record.target, true);
	else if (run->record.id == 0)
		run->record.identity = drs_targetidentity_of(run->record.target);
	else
		drs_target_check_new(run->target, run->traits->creates);
}

/* What was read before ends at a key, which is a position in one order only. */
static void
know_key(Run *run)
{
	List	   *now = drs_key_types(drs_reader_key(run->reader));
	bool		same = list_length(run->record.key_types) == list_length(now);
	ListCell   *a;
	ListCell   *b;

	if (run->record.id == 0)
		run->record.key_types = now;
	else
	{
		forboth(a, run->record.key_types, b, now)
			same &= strcmp(lfirst(a), lfirst(b)) == 0;
		if (!same)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the key columns of the query are no longer what they were when run"
							" " INT64_FORMAT " began",
							run->record.id),
					 errdetail("Their types or collations are others, and so is the order of the"
							   " rows."),
					 errhint("Score anew, without \"resume\".")));
	}
}

/* The end of the run is fixed at its beginning, unless it is found by reading all at once. */
static void
fix_end(Run *run)
{
	if (run->record.end_key != NIL)
		return;
	drs_reader_fix_end(run->reader);
	run->record.end_key = drs_reader_end(run->reader);
	if (run->record.end_key != NIL && run->record.id != 0)
		drs_ledger_set_end(run->record.id, run->record.end_key);
}

static void
open_reader(Run *run, List *last_key, List *upto)
{
	KeyRange	range = {last_key, upto, run->record.end_key};

	run->reader = drs_reader_open(run->record.query, run->options->call.key_columns, &range,
								  run->options->write.snapshot == SNAPSHOT_RUN,
								  drs_run_rows_per_read(run));
	know_key(run);
	run->feedback = drs_feedback(run->target, run->traits->inserts, run->reader);
	if (run->feedback != FEEDBACK_NONE)
		drs_reader_spool_all(run->reader);	/* else it could read rows that the run
											 * itself caused */
	fix_end(run);
}

void
drs_run_open(Run *run, const RunPart *part)
{
	const LedgerPosition *position = &part->position;

	run->part = part->number;
	run->slices = position->slices;
	run->begun_after = position->last_key;
	run->upto = part->upto;
	run->committed_at = drs_clock();
	plan_part(run, part);
	know_target(run);
	open_reader(run, position->last_key, part->upto);
	if (run->feedback != FEEDBACK_NONE)
		run->all_have_read = part->all_have_read;
	drs_run_open_stages(run, drs_reader_desc(run->reader));
	run->rows_numbered = position->rows_read;
	drs_run_open_stream(run);
	/* new rows of a series cannot be forecast without its earlier ones */
	if (run->forecasts && position->last_key)
		run->scored = drs_forecasts_series_of(run->columns->desc, run->options,
											  position->last_key);
}

void
drs_run_open_part(Run *run, const RunPart *part)
{
	run->in_worker = true;
	run->endpoint->counters = part->counters;
	run->before = drs_ledger_counts(run->record.id);
	drs_run_open(run, part);
}

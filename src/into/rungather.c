/*
 * rungather.c
 *		Takes what was answered into the slice, until that is to be written.
 *
 * All answers of a slice are of one model and have the same parts.
 */
#include "postgres.h"

#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "into/run_internal.h"

/*
 * A transaction that waits for the network is ended after this time, and another
 * continues the wait.
 */
#define RENEW_MS 1000

/*
 * Rows of a slice, if nobody says how many: the result of a job may come as fast as it is
 * read, and has no requests that end.
 */
#define JOB_SLICE_ROWS 25000

/* The number of rows that makes a slice full; 0: none does. */
static int
rows_of_slice(const Run *run)
{
	const WriteOptions *write = &run->options->write;

	if (write->commit_rows == 0 && write->commit_interval < 0 && run->by_jobs)
		return JOB_SLICE_ROWS;
	return write->commit_rows;
}

/* Does the slice have all its rows, and can it be written? */
static bool
is_full(const Run *run)
{
	int			rows = rows_of_slice(run);

	return run->sliced && rows > 0 && run->slice->read >= rows &&
		drs_writer_is_ready(run->writer, run->stream->facts);
}

/* Does the next answer have other parts than those gathered?  It needs another statement. */
static bool
has_other_parts(Run *run)
{
	if (drs_writer_is_outdated(run->writer, run->stream->facts))
	{
		if (!run->sliced)
			drs_writer_refuse_parts(run->writer, run->stream->facts);
		if (run->slice->read > 0)
			return true;
		drs_writer_renew(run->writer);
	}
	drs_writer_learn(run->writer, run->stream->facts);
	return false;
}

void
drs_run_check_model(const Run *run, const char *first, const char *model_id)
{
	if (!run->options->write.consistent_model)
		return;
	if (model_id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"consistent_model\" is asked for, but server \"%s\" does not report"
						" its model",
						run->endpoint->server_name)));
	if (first && strcmp(first, model_id) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the model of deployment %s was replaced at slice %d",
						run->record.deployment, run->slices + 1),
				 errdetail("The run began with model %s; model %s answers now.", first, model_id),
				 errhint("What was written so far is of the first model. Score anew, or without"
						 " \"consistent_model\".")));
}

/* Is the next answer from another model? */
static bool
has_other_model(Run *run)
{
	Slice	   *slice = run->slice;
	const char *model_id = run->stream->model_id;

	if (drs_stream_next_failed(run->stream) ||
		(model_id == NULL && !run->options->write.consistent_model) ||
		(slice->model_id && model_id && strcmp(slice->model_id, model_id) == 0))
		return false;
	drs_run_check_model(run, run->record.model_id ? run->record.model_id : slice->model_id,
						model_id);
	if (slice->model_id && run->sliced)
		return true;
	slice->model_id = MemoryContextStrdup(slice->cxt, model_id);
	return false;
}

/* Must the next answer begin a new slice? */
static bool
starts_slice(Run *run)
{
	int64		answer = run->stream->answers;

	if (run->slice->answer == answer)
		return false;			/* one of its rows is there already */
	if (has_other_parts(run) || has_other_model(run))
		return true;
	if (!drs_stream_next_failed(run->stream))
		run->slice->answer = answer;
	return false;
}

void
drs_run_check_rejections(const Run *run)
{
	RejectTally tally;

	tally.read = run->before.read + (int64) run->stream->rows_put;
	tally.settled = run->before.read + run->counts.read + run->slice->read;
	tally.rejected =
		run->before.rejected + run->counts.rejected + list_length(run->slice->rejections);
	tally.bytes = run->rejected_bytes + run->slice->rejected_bytes;
	drs_reject_limit_check(&run->reject_limit, &tally, drs_slice_last_reason(run->slice));
}

static void
take_row(Run *run)
{
	const RowFailure *failure;
	const Datum *values;
	const bool *isnull;

	(void) drs_stream_take(run->stream, false, &values, &isnull);
	failure = drs_stream_failure(run->stream);
	drs_slice_add(run->slice, values, isnull, failure);
	if (failure)
		drs_run_check_rejections(run);
	if (is_full(run) || !drs_stream_has_prediction(run->stream))
		drs_slice_end_at(run->slice, values, isnull);
}

/* Rows of forecasts are counted where their request ends, and a slice can end only there. */
static void
take_forecast(Run *run)
{
	const Datum *values;
	const bool *isnull;

	(void) drs_stream_take(run->stream, false, &values, &isnull);
	if (isnull[run->output->row_number] && run->needed_column)
		drs_forecasts_refuse_made(run->target, run->needed_column);
	drs_slice_add_forecast(run->slice, values, isnull);
	if (drs_stream_has_prediction(run->stream))
		return;
	drs_stream_sent_row(run->stream, false, &values, &isnull);
	drs_slice_count(run->slice, run->stream->sent_rows, values, isnull);
	drs_stream_sent_row(run->stream, true, &values, &isnull);
	drs_slice_end_at(run->slice, values, isnull);
}

static void
take_next(Run *run)
{
	if (run->forecasts)
		take_forecast(run);
	else
		take_row(run);
}

bool
drs_run_gather(Run *run)
{
	while (drs_stream_ready(run->stream, false))
	{
		if (starts_slice(run))
			return true;
		take_next(run);
		if (is_full(run))
			return true;
	}
	return false;
}

void
drs_run_gather_decoded(Run *run)
{
	while (drs_stream_has_prediction(run->stream) && !starts_slice(run) && !is_full(run))
		take_next(run);
}

/*
 * A look into a catalog may have left a snapshot, which would last as long as the
 * wait.  The wait itself may be longer than transaction_timeout allows: it continues
 * in another transaction.
 */
void
drs_run_await_answer(Run *run)
{
	TimestampTz renewal = TimestampTzPlusMilliseconds(drs_clock(), drs_wait_limit(RENEW_MS));

	InvalidateCatalogSnapshotConditionally();
	(void) drs_stream_await(run->stream, renewal);
}

/* Is the slice to be written, full or not? */
static bool
is_due(const Run *run)
{
	const Options *options = run->options;

	if (options->write.commit_interval > 0)
		return drs_clock() - run->committed_at >=
			(int64) (options->write.commit_interval * USECS_PER_SEC);
	return options->write.commit_interval < 0 && options->write.commit_rows == 0;
}

void
drs_run_take_answers(Run *run)
{
	run->full = drs_run_gather(run);
	run->due = run->full || is_due(run);
	run->to_release = !run->due;	/* otherwise a slice of more chunks than there are
									 * permits would never be full */
}

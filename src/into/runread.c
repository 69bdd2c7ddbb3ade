/*
 * runread.c
 *		Reads rows of a sliced run into the stream, until that has no room.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "base/waitevents.h"
#include "into/run_internal.h"

/* Record the end in the ledger if it was found by reading to it. */
static void
note_end_key(Run *run)
{
	MemoryContext old;

	if (!run->sliced || run->record.end_key != NIL)
		return;
	old = MemoryContextSwitchTo(run->cxt);
	run->record.end_key = drs_reader_end(run->reader);
	MemoryContextSwitchTo(old);
	if (run->record.end_key != NIL)
		drs_ledger_set_end(run->record.id, run->record.end_key);
}

void
drs_run_begin_reading(Run *run)
{
	drs_reader_begin(run->reader);
	note_end_key(run);
}

void
drs_run_await_readers(Run *run)
{
	InvalidateCatalogSnapshotConditionally();
	(void) BarrierArriveAndWait(run->all_have_read, drs_wait_event(WAIT_FOR_READERS));
}

static bool
put_row(const Datum *values, const bool *isnull, void *arg)
{
	Run		   *run = arg;
	int			commit_rows = run->options->write.commit_rows;

	if (run->scored && drs_forecasts_series_contains(run->scored, values))
		return true;
	run->scored = NULL;
	if (run->partitions)
		drs_targetpartition_check_row(run->partitions, run->columns, values, isnull);
	drs_stream_put(run->stream, values, isnull);
	if (commit_rows > 0 && run->stream->rows_put - run->stream->cut_at >= (uint64) commit_rows)
		drs_stream_cut(run->stream);	/* no request may belong to two slices */
	return drs_stream_has_room(run->stream);
}

void
drs_run_read(Run *run)
{
	drs_endpoint_check_still_there(run->endpoint);
	run->input_ended = !drs_reader_read(run->reader, put_row, run);
	if (run->input_ended)
		drs_stream_finish(run->stream);
	note_end_key(run);
}

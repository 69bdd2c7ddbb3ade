/*
 * runread.c
 *		Reads rows of a sliced run into the stream, until that has no room.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/waitevents.h"
#include "batch/batchstream.h"
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

/* No more rows go into this stream. */
static void
end_stream(Run *run)
{
	run->stream_ended = true;
	drs_stream_finish(run->stream);
}

/* Keep a row that was read, but belongs to the next section. */
static void
keep_row(Run *run, const Datum *values, const bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	if (run->next_row == NULL)
		run->next_row = drs_spool_open(run->columns->desc, work_mem);
	MemoryContextSwitchTo(old);
	if (drs_spool_rows(run->next_row) == 0) /* else it is kept already */
		drs_spool_put(run->next_row, values, isnull);
	end_stream(run);
}

/* The stream has no room: this row may be the last one of a job. */
static void
note_last_put(Run *run, const Datum *values, const bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	list_free_deep(run->last_put);
	run->last_put = drs_key_texts(drs_reader_key(run->reader), values, isnull);
	MemoryContextSwitchTo(old);
}

/* No request may belong to two slices. */
static void
cut_at_slice(Run *run)
{
	int			commit_rows = run->options->write.commit_rows;

	if (commit_rows > 0 && run->stream->rows_put - run->stream->cut_at >= (uint64) commit_rows)
		drs_stream_cut(run->stream);
}

static bool
put_row(const Datum *values, const bool *isnull, void *arg)
{
	Run		   *run = arg;

	if (run->scored && drs_forecasts_series_contains(run->scored, values))
		return true;
	run->scored = NULL;
	if (run->by_jobs && drs_run_is_past_section(run, values))
	{
		keep_row(run, values, isnull);
		return false;
	}
	if (run->partitions)
		drs_targetpartition_check_row(run->partitions, run->columns, values, isnull);
	drs_stream_put(run->stream, values, isnull);
	if (!run->by_jobs)
		cut_at_slice(run);
	if (drs_stream_has_room(run->stream))
		return true;
	if (run->by_jobs)
		note_last_put(run, values, isnull);
	return false;
}

/* Put the row that the section before has left, if any.  False: no more are to be put now. */
static bool
put_kept_row(Run *run)
{
	TupleTableSlot *slot;
	bool		more;

	if (run->next_row == NULL || drs_spool_rows(run->next_row) == 0)
		return true;
	slot = MakeSingleTupleTableSlot(drs_spool_desc(run->next_row), &TTSOpsMinimalTuple);
	drs_spool_rewind(run->next_row);
	(void) drs_spool_next(run->next_row, slot);
	slot_getallattrs(slot);
	more = put_row(slot->tts_values, slot->tts_isnull, run);
	if (!run->stream_ended)
		drs_spool_clear(run->next_row);
	ExecDropSingleTupleTableSlot(slot);
	return more;
}

void
drs_run_read(Run *run)
{
	drs_endpoint_check_still_there(run->endpoint);
	if (!put_kept_row(run))
		return;
	run->input_ended = !drs_reader_read(run->reader, put_row, run);
	note_end_key(run);
	if (run->input_ended)
		end_stream(run);
}

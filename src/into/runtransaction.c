/*
 * runtransaction.c
 *		Scores and writes a run in the transaction of the caller.
 *
 * The rows come from the executor in any order, and are written at the end.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

#include "base/subxact.h"
#include "batch/batchstream.h"
#include "into/run_internal.h"
#include "into/writeretry.h"
#include "rows/scope.h"
#include "rows/source.h"

static void
start_putting(TupleDesc desc, void *arg)
{
	/* everything is open already: it could not be opened while a query runs */
}

static bool
put_and_take(TupleTableSlot *slot, void *arg)
{
	Run		   *run = arg;

	slot_getallattrs(slot);
	if (run->partitions)
		drs_targetpartition_check_row(run->partitions, run->columns, slot->tts_values,
									  slot->tts_isnull);
	drs_stream_put(run->stream, slot->tts_values, slot->tts_isnull);
	while (!drs_stream_has_room(run->stream))
	{
		(void) drs_stream_await(run->stream, DT_NOEND);
		(void) drs_run_gather(run);
	}
	return true;
}

static void
begin_scoring(Run *run, TupleDesc desc)
{
	drs_run_open_stages(run, desc);
	drs_run_open_stream(run);
	run->record.id = drs_ledger_begin(&run->record);
}

/* The rows of a query without keys, in the executor's order. */
static void
score_by_query(Run *run)
{
	static const RowConsumer consumer = {start_putting, put_and_take};
	/* not in parallel: rows may be taken meanwhile, and that may need subtransactions */
	SPIPlanPtr	plan = drs_source_prepare(run->record.query, 0, NULL, 0);
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	begin_scoring(run, source->resultDesc);
	drs_source_execute(plan, NULL, 0, &consumer, run);
	run->input_ended = run->stream_ended = true;
	drs_stream_finish(run->stream);
}

/* The same in the order of the keys, which are checked on the way. */
static void
score_by_key(Run *run)
{
	KeyRange	all = {NIL, NIL, NIL};

	run->reader = drs_reader_open(run->record.query, run->options->call.key_columns, &all,
								  run->options->write.snapshot == SNAPSHOT_RUN,
								  drs_run_rows_per_read(run));
	begin_scoring(run, drs_reader_desc(run->reader));
	while (!run->input_ended)
	{
		if (drs_stream_has_room(run->stream))
			drs_run_read(run);
		if (!run->input_ended && drs_stream_await(run->stream, DT_NOEND))
			(void) drs_run_gather(run);
	}
}

static void
write_slice(void *arg)
{
	drs_run_write_slice(arg);
}

/*
 * Write all.  A failed subtransaction releases its locks, so this can be repeated,
 * too; but the caller's locks remain and, under REPEATABLE READ, the snapshot that a
 * serialization failure is about.
 */
static void
write_all(Run *run)
{
	Retry		retry = {0};
	ErrorData  *error;

	while ((error = drs_attempt(write_slice, run, true)) != NULL)
	{
		drs_run_undo_write(run);
		if ((error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE &&
			 IsolationUsesXactSnapshot()) ||
			!drs_writeretry_wanted(&retry, error))
			ReThrowError(error);
		drs_writeretry_pause(&retry);
	}
	drs_run_settle_write(run);
}

static void
score_and_write(Run *run)
{
	drs_target_check_new(run->target, run->traits->creates);
	run->part = 1;
	drs_scope_connect(run->record.query);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (run->options->call.key_columns)
		score_by_key(run);
	else
		score_by_query(run);
	while (drs_stream_await(run->stream, DT_NOEND))
		(void) drs_run_gather(run);
	drs_writer_check_duplicates(run->writer, run->slice->rows);
	write_all(run);
	drs_run_note_end(run);
	drs_stream_close(run->stream);
	run->stream = NULL;
	PopActiveSnapshot();
	SPI_finish();
}

void
drs_run_in_transaction(Run *run)
{
	MemoryContext cxt = CurrentMemoryContext;

	PG_TRY();
	{
		score_and_write(run);
	}
	PG_CATCH();
	{
		drs_batchstream_fail(run->stream, cxt);
	}
	PG_END_TRY();
}

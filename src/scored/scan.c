/*
 * scan.c
 *		Executes a scan of a scored table.
 *
 * Rows of the query are put into the stream as long as it has room, and only when
 * no prediction is at hand: who stops after a few rows has sent few.  Values go
 * from the decoder into the scan tuple's slot; nothing is stored in between.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "batch/batchstream.h"
#include "scored/scan.h"
#include "scored/scan_internal.h"
#include "scored/scanrepeat.h"
#include "scored/scanrun.h"

typedef enum ScanStep
{
	SCAN_ROW,					/* the scan tuple's slot has the next row */
	SCAN_PENDING,				/* nothing is there yet; only without wait */
	SCAN_END
} ScanStep;

void
drs_scan_begin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	ScoredScan *scan;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	scan = palloc0(sizeof(ScoredScan));
	scan->cxt = CurrentMemoryContext;
	scan->run_cxt = AllocSetContextCreate(scan->cxt, "datarobot_scoring scan",
										  ALLOCSET_DEFAULT_SIZES);
	scan->asker = drs_foreignscan_user(node);
	if (!OidIsValid(scan->asker))
		scan->asker = GetUserId();
	scan->private = drs_scanprivate_of(plan->fdw_private);
	scan->keeps = drs_scanrepeat_is_announced(node, eflags);
	scan->values = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	node->fdw_state = scan;
	/* a recheck of a row has the rows of scored tables already */
	if (node->ss.ps.state->es_epq_active == NULL)
		drs_scanrun_prepare(node);
}

/* Start the scan unless it has begun. */
static void
start(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;

	if (scan->restarted && !drs_scanrun_rewind(node))
		drs_scanrun_end(node);
	scan->restarted = false;
	if (scan->run == NULL)
		drs_scanrun_start(node);
}

/* Put rows of the query as long as there is room for them. */
static void
put_rows(ScoredScan *scan)
{
	PredictionStream *stream = scan->stream;
	TupleTableSlot *slot;

	while (!scan->ended && drs_stream_has_room(stream))
	{
		slot = drs_sourcerun_next(scan->run);
		if (slot == NULL)
		{
			scan->ended = true;
			drs_stream_finish(stream);
			return;
		}
		slot_getallattrs(slot);
		drs_stream_put(stream, slot->tts_values, slot->tts_isnull);
	}
}

static ScanStep
next_prediction(ScoredScan *scan, bool wait, const Datum **values, const bool **isnull)
{
	for (;;)
	{
		bool		ended = scan->ended;

		if (!drs_stream_has_prediction(scan->stream))
			put_rows(scan);
		if (drs_stream_take(scan->stream, wait, values, isnull))
			return SCAN_ROW;
		if (scan->ended && (wait || scan->stream->rows_put == scan->stream->rows_taken))
			return SCAN_END;
		if (!wait && ended == scan->ended)
			return SCAN_PENDING;
	}
}

/* The next prediction, which is kept if the scan may start again. */
static ScanStep
next_scored(ScoredScan *scan, bool wait, const Datum **values, const bool **isnull)
{
	ScanStep	result;

	if (scan->kept && drs_keptrows_next(scan->kept, values, isnull))
		return SCAN_ROW;
	result = next_prediction(scan, wait, values, isnull);
	if (result == SCAN_ROW && scan->kept)
		drs_keptrows_add(scan->kept, *values, *isnull);
	return result;
}

static ScanStep
next_plain(ScoredScan *scan, const Datum **values, const bool **isnull)
{
	TupleTableSlot *slot = drs_sourcerun_next(scan->run);

	if (slot == NULL)
		return SCAN_END;
	drs_plainrow_make(scan->plain, slot, values, isnull);
	return SCAN_ROW;
}

/* Store the values of the columns that are read; all others are NULL. */
static void
store(const ScoredScan *scan, TupleTableSlot *slot, const Datum *values, const bool *isnull)
{
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	for (int i = 0; i < scan->result->natts; i++)
	{
		slot->tts_values[scan->places[i]] = values[i];
		slot->tts_isnull[scan->places[i]] = isnull[i];
	}
	ExecStoreVirtualTuple(slot);
}

static ScanStep
step(ForeignScanState *node, bool wait)
{
	ScoredScan *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	const Datum *values;
	const bool *isnull;
	ScanStep	result;

	ExecClearTuple(slot);
	if (scan->stream)
		result = next_scored(scan, wait || scan->is_batch, &values, &isnull);
	else
		result = next_plain(scan, &values, &isnull);
	if (result == SCAN_ROW)
		store(scan, slot, values, isnull);
	return result;
}

/* The same; a job at the service does not outlive an error. */
static ScanStep
step_by_jobs(ForeignScanState *node, bool wait)
{
	ScoredScan *scan = node->fdw_state;
	MemoryContext cxt = CurrentMemoryContext;
	ScanStep	result;

	PG_TRY();
	{
		result = step(node, wait);
	}
	PG_CATCH();
	{
		drs_batchstream_fail(scan->stream, cxt);
	}
	PG_END_TRY();
	return result;
}

/*
 * Go to the next row.  Without wait, rows are put as long as there is room, but no
 * bytes are moved: drs_stream_poll() does that.  The row is valid until the next call.
 */
static ScanStep
next_row(ForeignScanState *node, bool wait)
{
	ScoredScan *scan = node->fdw_state;
	MemoryContext old = MemoryContextSwitchTo(scan->run_cxt);
	ScanStep	result;

	start(node);
	if (scan->plain)
		MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	result = scan->is_batch ? step_by_jobs(node, wait) : step(node, wait);
	scan->is_pending = result == SCAN_PENDING;
	MemoryContextSwitchTo(old);
	return result;
}

TupleTableSlot *
drs_scan_iterate(ForeignScanState *node)
{
	(void) next_row(node, !node->ss.ps.async_capable);
	return node->ss.ss_ScanTupleSlot;
}

PredictionStream *
drs_scan_stream(const ScoredScan *scan)
{
	return scan->stream;
}

bool
drs_scan_has_begun(const ScoredScan *scan)
{
	return scan->run != NULL && !scan->restarted;
}

bool
drs_scan_is_pending(const ScoredScan *scan)
{
	return scan->is_pending;
}

const CallCounters *
drs_scan_counters(const ScoredScan *scan)
{
	return scan->counters;
}

SourceRun *
drs_scan_source(const ScoredScan *scan)
{
	return scan->run;
}

void
drs_scan_restart(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;

	/* the values may not be there yet: they are looked at with the first row */
	scan->restarted = scan->run != NULL;
	scan->keeps |= scan->restarted;
	scan->is_pending = false;
}

void
drs_scan_end(ForeignScanState *node)
{
	if (node->fdw_state == NULL)
		return;
	drs_scanrun_end(node);
	drs_scanrun_release(node);
}

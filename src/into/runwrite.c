/*
 * runwrite.c
 *		Writes a slice and its entry in the ledger, and undoes that when it is not
 *		committed.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "into/run_internal.h"

/* A row could not be written.  Has the signature that drs_writer_open() needs. */
static void
reject_row(const Datum *values, const bool *isnull, const ErrorData *error, void *arg)
{
	Run		   *run = arg;

	drs_slice_reject(run->slice, values, isnull, error);
	drs_run_check_rejections(run);
}

TargetWriter *
drs_run_open_writer(Run *run)
{
	WriteTask	task = {run->target, run->output, run->options, run->sliced};

	return drs_writer_open(&task, reject_row, run);
}

/* Other workers have rows rejected too, and the limit is for all. */
static void
add_others(Run *run)
{
	run->before = drs_ledger_counts(run->record.id);
	run->before.read -= run->counts.read;
	run->before.rejected -= run->counts.rejected;
}

/* The first slice makes its model that of the run, unless another worker was first. */
static void
claim_model(Run *run)
{
	const char *own = run->slice->model_id;
	const char *claimed = drs_ledger_claim_model(run->record.id, own);

	if (claimed == NULL)
		claimed = own;
	drs_run_check_model(run, claimed, own);
	run->written.model_id = MemoryContextStrdup(run->cxt, claimed);
}

/* The target exists now, created by this slice or by somebody else: record what it is. */
static void
note_target(Run *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	run->record.identity = drs_targetidentity_of(run->record.target);
	MemoryContextSwitchTo(old);
	drs_ledger_set_identity(run->record.id, &run->record.identity);
	run->target_noted = true;
}

/*
 * Is there something that can be written?  Rows that failed do not show which columns
 * a table would need: they wait.
 */
static bool
is_writable(const Run *run)
{
	bool		all_taken = run->stream_ended && run->stream->rows_put == run->stream->rows_taken;

	return run->slice->read > 0 &&
		(all_taken || drs_writer_is_ready(run->writer, run->stream->facts));
}

void
drs_run_write_slice(Run *run)
{
	Slice	   *slice = run->slice;
	LedgerSlice *entry = &run->written;

	if (!is_writable(run))
		return;
	drs_endpoint_check_still_there(run->endpoint);
	if (run->record.identity.relations != NIL)
		drs_targetidentity_check(&run->record.identity, run->record.target, false);
	entry->run_id = run->record.id;
	entry->part = run->part;
	entry->number = run->slices + 1;
	entry->first_key = slice->first_key;
	entry->last_key = slice->last_key;
	entry->model_id = slice->model_id;
	entry->counts.written = drs_writer_write(run->writer, slice->rows, run->stream->facts,
											 run->record.id);
	if (run->sliced && run->record.identity.relations == NIL)
		note_target(run);
	if (run->in_worker && slice->rejections)
		add_others(run);
	drs_run_check_rejections(run);
	entry->counts.read = slice->read;
	entry->counts.rejected = list_length(slice->rejections);
	drs_ledger_add_slice(entry);
	drs_ledger_add_rejections(run->record.id, run->part, entry->number, slice->rejections);
	if (slice->model_id && run->record.model_id == NULL)
		claim_model(run);
	drs_run_settle_jobs(run);
}

/* What was written is committed, or is certain to be. */
void
drs_run_settle_write(Run *run)
{
	if (run->written.number <= run->slices)
		return;
	run->slices++;
	run->counts.read += run->written.counts.read;
	run->counts.written += run->written.counts.written;
	run->counts.rejected += run->written.counts.rejected;
	run->rejected_bytes += run->slice->rejected_bytes;
	if (run->record.model_id == NULL)
		run->record.model_id = unconstify(char *, run->written.model_id);
	run->committed_at = drs_clock();
	run->target_noted = false;
	drs_run_forget_jobs(run);
	drs_writer_settle(run->writer, true);
	drs_slice_clear(run->slice);
}

/* It was undone: the slice is to be written again. */
void
drs_run_undo_write(Run *run)
{
	run->written.number = 0;
	if (run->target_noted)
		run->record.identity.relations = NIL;
	run->target_noted = false;
	drs_writer_settle(run->writer, false);
	drs_slice_rewind(run->slice);
}

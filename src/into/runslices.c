/*
 * runslices.c
 *		Goes through a sliced run, step by step.
 *
 * Three things alternate, each ended before the next:
 *
 *		read		a transaction that reads rows until the stream has no room
 *		await		no snapshot, no lock, nothing: the network is waited for
 *		write		what was answered is taken, and a transaction writes it and the ledger
 *
 * Reading is ahead of writing by what the stream contains, so the end of a slice does
 * not empty it.
 */
#include "postgres.h"

#include "into/run_internal.h"

static void
take_and_write(Run *run)
{
	do
	{
		drs_run_step(run, STEP_TAKE);
		if (run->due)
			drs_run_step(run, STEP_WRITE);
	} while (run->full);
}

void
drs_run_score_part(Run *run)
{
	bool		more = true;

	if (run->all_have_read)
	{
		drs_run_step(run, STEP_BEGIN_READING);
		drs_run_step(run, STEP_AWAIT_READERS);
	}
	while (more)
	{
		if (!run->input_ended && drs_stream_has_room(run->stream))
			drs_run_step(run, drs_reader_is_spooled(run->reader) ? STEP_READ_SPOOL : STEP_READ);
		more = run->stream->rows_put > run->stream->rows_taken;
		if (more)
		{
			drs_run_step(run, STEP_AWAIT_ANSWER);
			take_and_write(run);
		}
		more |= !run->input_ended;
	}
	drs_run_step(run, run->in_worker ? STEP_WRITE : STEP_END);
}

/*
 * runslices.c
 *		Goes through a sliced run, step by step.
 *
 * These steps alternate, each in a transaction of its own:
 *
 *		read		put rows into the stream until that has no room
 *		await		wait for the network, without a snapshot or a lock on a relation
 *		take		move what was answered into the slice
 *		write		if the slice is due, write it and its entry in the ledger
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

/* Put all rows of the stream, and take their predictions. */
static void
score_stream(Run *run)
{
	bool		more = true;

	while (more)
	{
		if (!run->stream_ended && drs_stream_has_room(run->stream))
			drs_run_step(run, drs_reader_is_spooled(run->reader) ? STEP_READ_SPOOL : STEP_READ);
		drs_run_record_jobs(run);
		more = run->stream->rows_put > run->stream->rows_taken;
		if (more || !(run->stream_ended || drs_stream_has_room(run->stream)))
		{
			drs_run_step(run, STEP_AWAIT_ANSWER);
			drs_run_record_jobs(run);
			take_and_write(run);
		}
		more |= !run->stream_ended;
	}
}

/* Continue where jobs of before can be used; each section of the keys has its own stream. */
static void
score_sections(Run *run)
{
	drs_run_step(run, STEP_FIND_JOBS);
	if (run->sections != NIL)
	{
		drs_run_step(run, STEP_LOOK_AT_JOBS);
		drs_run_step(run, STEP_DIVIDE_KEYS);
	}
	if (run->sections != NIL)
		drs_run_step(run, STEP_NEXT_SECTION);
	score_stream(run);
	while (run->section != NULL && !run->input_ended)
	{
		drs_run_step(run, STEP_WRITE);
		drs_run_step(run, STEP_NEXT_SECTION);
		score_stream(run);
	}
}

void
drs_run_score_part(Run *run)
{
	if (run->all_have_read)
	{
		drs_run_step(run, STEP_BEGIN_READING);
		drs_run_step(run, STEP_AWAIT_READERS);
	}
	if (run->by_jobs)
		score_sections(run);
	else
		score_stream(run);
	drs_run_step(run, run->in_worker ? STEP_WRITE : STEP_END);
}

/*
 * sizing.h
 *		The current limits on what is sent at once.
 *
 * There is one for each call, owned by the pipeline.  The pipeline raises
 * rows and requests during a slow start, dispatch.c lowers bytes when the
 * server accepts fewer, and cutter.c cuts chunks by it.
 */
#ifndef DRS_SIZING_H
#define DRS_SIZING_H

#include "realtime/pipelineplan.h"

typedef struct Sizing
{
	int			max_requests;	/* in flight; at most the plan's concurrency */
	int			max_rows;		/* of the next chunk; at most the option chunk_rows */
	size_t		max_bytes;		/* of the next body; at most the option chunk_size */
} Sizing;

/* At the beginning of a call. */
static inline Sizing
drs_sizing_first(const PipelinePlan *plan, const Options *options)
{
	const TransferOptions *transfer = &options->transfer;
	bool		slow = plan->first_chunk_rows > 0;

	return (Sizing) {.max_requests = slow ? 1 : plan->concurrency,
		.max_rows = slow ? Min(plan->first_chunk_rows, transfer->chunk_rows) :
		transfer->chunk_rows,
		.max_bytes = transfer->chunk_size};
}

#endif							/* DRS_SIZING_H */

/*
 * sizing.h
 *		How much may be sent at once, for now.
 *
 * One for a call, which the pipeline owns: it raises rows and requests as a
 * slow start goes on, dispatch.c lowers the bytes when a server takes fewer,
 * and the cutter cuts by it.
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

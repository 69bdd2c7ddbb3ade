/*
 * pipelineplan.h
 *		How rows are to be scored, settled before the first of them is put.
 */
#ifndef DRS_PIPELINEPLAN_H
#define DRS_PIPELINEPLAN_H

#include "config/option.h"
#include "realtime/permits.h"

typedef struct PipelinePlan
{
	uint64		first_row;		/* number of the first row; counts of
								 * rows begin at 0 nevertheless */

	/*
	 * Rows of the first chunk, where a caller may stop early: it travels
	 * alone, and rows and requests grow as predictions are taken, up to the
	 * options.  0: full speed from the beginning.
	 */
	int			first_chunk_rows;
	int			concurrency;	/* requests in flight, at most */
	double		rate_limit;		/* requests started per second; 0: no limit */

	/*
	 * A chunk is sent only with a permit of this holder.  It is taken when the
	 * chunk is first sent, kept however often that is repeated, and shared by
	 * the parts the chunk may be cut into.  It is given back when all of these
	 * were taken and the permits are released.  NULL: none is needed.
	 */
	PermitHolder *permit_holder;

	/*
	 * Rows may fail by themselves: those that the server refuses (HTTP 400,
	 * 422, 480, and 413 of a single row), those too large for any request or
	 * without a UTF-8 form, and those with a value in the answer that its
	 * column does not take.  They come out in their place, with their number,
	 * what was kept, record and error, and NULL for all else.  Statuses and
	 * answers that are not about a row end the call as ever.
	 *
	 * Bodies are kept until their rows were taken: at most 2 * concurrency + 2
	 * of them, with what is being filled and taken, and of a chunk being
	 * searched once more what is settled of it.  Not while a query runs in
	 * parallel: takes use subtransactions.
	 */
	bool		isolates;

	/*
	 * Predictions of time series come as they are, in any number, and not one
	 * for each row (decode.h).  The rows of a request count as taken when the
	 * last of its predictions was.
	 */
	bool		takes_forecasts;
} PipelinePlan;

/*
 * What the options say, and no more: rows from 1, at full speed, that end the call when they fail.
 */
static inline PipelinePlan
drs_pipeline_plan(const Options *options)
{
	return (PipelinePlan) {.first_row = 1, .concurrency = options->transfer.concurrency,
		.rate_limit = options->server.rate_limit};
}

#endif							/* DRS_PIPELINEPLAN_H */

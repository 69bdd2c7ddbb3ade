/*
 * pipelineplan.h
 *		How rows are to be scored, decided before the first row is put.
 */
#ifndef DRS_PIPELINEPLAN_H
#define DRS_PIPELINEPLAN_H

#include "datatype/timestamp.h"

#include "config/option.h"
#include "realtime/permits.h"

/*
 * Rows of the first chunk of a slow start: enough for somebody who looks at a few
 * rows, and cheap if the rest is not needed.
 */
#define DRS_FIRST_ROWS 128

/* How fast a slow start grows, per answer: 128, 512, 2048, 8192 rows; 1, 4, 16 requests. */
#define DRS_GROWTH 4

typedef struct PipelinePlan
{
	/* number of the first row; does not affect counts of rows, which begin at 0 */
	uint64		first_row;

	/*
	 * Slow start, for a caller that may stop early: the first chunk has this
	 * many rows and is sent alone; rows and requests grow as predictions are
	 * taken, up to the options. 0: full speed from the beginning.
	 */
	int			first_chunk_rows;
	int			concurrency;	/* requests in flight, at most */
	double		rate_limit;		/* requests started per second; 0: no limit */

	/*
	 * A chunk is sent only with a permit of this holder.  The permit is taken
	 * when the chunk is first sent, kept while it is sent again, and shared
	 * by the parts that the chunk may be cut into.  It is given back when all
	 * of these have been taken and released.  NULL: no permits are needed.
	 */
	PermitHolder *permit_holder;

	/*
	 * Rows may fail by themselves: those that the server refuses (HTTP 400,
	 * 422, 480, and 413 for a single row), those too large for any request or
	 * not convertible to UTF-8, and those with a value in the answer that its
	 * column rejects.  They are returned in their place, with their number,
	 * kept columns, record and error; all else is NULL.  Statuses and answers
	 * that are not about a row still end the call.
	 *
	 * Bodies are kept until their rows have been taken: at most 2 *
	 * concurrency + 2 of them, including those of the chunks being filled and
	 * taken, and a second copy of the settled part of a chunk that is being
	 * searched.  Not with time series, whose rows cannot be sent apart, nor
	 * while a query runs in parallel: takes use subtransactions.
	 */
	bool		isolates;

	/*
	 * Forecasts of time series are returned in any number, and not one for
	 * each row (decode.h).  The rows of a request count as taken when the
	 * last of its forecasts was.
	 */
	bool		takes_forecasts;
	const char *instead_of_forecasts;	/* as in decode.h */
} PipelinePlan;

/* The plan by the options alone: rows from 1, at full speed, and a failed row ends the call. */
static inline PipelinePlan
drs_pipeline_plan(const Options *options)
{
	return (PipelinePlan) {.first_row = 1, .concurrency = options->transfer.concurrency,
		.rate_limit = options->server.rate_limit};
}

/* From the start of a request to that of the next, with a rate limit; an hour at most. */
static inline int64
drs_rate_pause_us(double rate_limit)
{
	return (int64) Min(USECS_PER_SEC / rate_limit, 3600.0 * USECS_PER_SEC);
}

#endif							/* DRS_PIPELINEPLAN_H */

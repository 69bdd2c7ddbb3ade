/*
 * scancost.c
 *		What a scan of a scored table is expected to cost.
 *
 * One unit of the planner's costs is taken for 100 microseconds, so that a
 * request of 20 ms costs 200.  What matters is the ratio: a join asks row by
 * row when that takes less time than all rows at once.  Pages of a table are
 * read faster than that, but with higher costs for requests, plans of fewer
 * than a million rows would be compiled (jit_above_cost), which does not make
 * a network faster.
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "realtime/pipelineplan.h"
#include "scored/requestpace.h"
#include "scored/scancost.h"

#define UNIT_US 100.0

/*
 * When neither the options say, nor the session knows: the time of a request,
 * and of a row in it.
 */
#define REQUEST_COST 200.0
#define ROW_COST 0.05

/* A batch job takes a minute, however few rows it has. */
#define JOB_COST 6e5

/* Requests of a slow start: one of few rows, several of more, then larger ones, one by one. */
static double
requests_for(double rows, double max_rows, int concurrency)
{
	double		requests = 0;
	int			count = 1;

	for (double size = DRS_FIRST_ROWS; size < max_rows && rows > 0; size *= DRS_GROWTH)
	{
		requests += Min(count, ceil(rows / size));
		rows -= count * size;
		count = size == DRS_FIRST_ROWS ? Min(concurrency, DRS_GROWTH) : 1;
	}
	return requests + (rows > 0 ? ceil(rows / max_rows) : 0);
}

/* How often a scan waits for a request, several in flight being waited for at once. */
static double
waits_for(double requests, int concurrency)
{
	return requests <= 1 ? requests : 1 + Max(1, (requests - 1) / concurrency);
}

/* The cost that an option has, else what was measured, else the usual one. */
static Cost
choose_cost(double option, double measured_us, Cost usual)
{
	if (option >= 0)
		return option;
	return measured_us >= 0 ? measured_us / UNIT_US : usual;
}

static void
add_requests(ScanCost *cost, const Options *options, const RequestPace *pace, int row_bytes)
{
	const TransferOptions *transfer = &options->transfer;
	double		max_rows = Min(transfer->chunk_rows, transfer->chunk_size / Max(row_bytes, 1));
	Cost		request = choose_cost(options->table.request_cost, pace->request_us, REQUEST_COST);
	Cost		row = choose_cost(options->table.row_cost, pace->row_us / transfer->concurrency,
								   ROW_COST);

	cost->requests = requests_for(cost->rows, Max(max_rows, 1), transfer->concurrency);
	cost->startup += request;
	cost->total += request * waits_for(cost->requests, transfer->concurrency) + row * cost->rows;
}

/* Rows come when the first job is done, which begins when the query has ended. */
static void
add_jobs(ScanCost *cost, const BatchOptions *batch)
{
	cost->requests = ceil(cost->rows / batch->batch_rows);
	cost->startup = cost->total + JOB_COST;
	cost->total += JOB_COST * cost->requests;
}

static bool
is_batch(const BatchOptions *batch, double rows)
{
	return batch->method == METHOD_BATCH ||
		(batch->method == METHOD_AUTO && rows >= batch->batch_threshold);
}

ScanCost
drs_scancost(const ScoredTable *table, const Plan *source, bool sends)
{
	ScanCost	cost = {.rows = Max(source->plan_rows, 1),
		.disabled_nodes = drs_disabled_nodes(source),
		.startup = source->startup_cost, .total = source->total_cost};

	if (sends)
	{
		Options		options = drs_scored_options(table);
		RequestPace pace = drs_requestpace(table);

		if (is_batch(&options.batch, cost.rows))
			add_jobs(&cost, &options.batch);
		else
			add_requests(&cost, &options, &pace, source->plan_width);
	}
	return cost;
}

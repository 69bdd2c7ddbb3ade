/*
 * jobresult.c
 *		Forms answers from runs of records and the kept columns of their rows.
 *
 *		rows put:	 1 2 3 4 5 6 7		numbers: of those sent only
 *		not sent:	     x
 *		answers:	[1 2][3][4 5 6][7]	the last one when the job is completed
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "batch/jobfailure.h"
#include "batch/jobresult.h"
#include "batch/resultreader.h"
#include "decode/resultshape.h"
#include "rows/spool.h"

/* Rows of an answer, at most. */
#define ANSWER_ROWS 1000

/* A row that was not sent. */
typedef struct UnsentRow
{
	dlist_node	node;
	uint64		row;			/* of the job, from 0 */
	RowFailure	failure;
} UnsentRow;

struct JobResult
{
	JobResultPlan plan;
	MemoryContext cxt;
	Spool	   *kept;			/* of rows put and not taken; NULL: nothing is kept */
	TupleTableSlot *slot;
	Datum	   *kept_values;
	bool	   *kept_isnull;
	dlist_head	unsent;			/* of UnsentRow, in order; those taken are removed */
	uint64		put;			/* rows */
	uint64		sent;			/* of these */
	uint64		taken;			/* rows whose answers were formed */
	bool		sealed;
	const char *job_id;			/* NULL before the result is read, as the next */
	ResultReader *reader;

	/* the last two answers */
	Chunk		chunks[2];
	int			current;
};

JobResult *
drs_jobresult_create(const JobResultPlan *plan)
{
	JobResult  *result = palloc0(sizeof(JobResult));
	int			nkept = plan->columns->nkept;

	result->plan = *plan;
	result->cxt = CurrentMemoryContext;
	dlist_init(&result->unsent);
	for (int i = 0; i < 2; i++)
	{
		result->chunks[i].cxt = AllocSetContextCreate(result->cxt, "datarobot_scoring answer",
													  ALLOCSET_DEFAULT_SIZES);
		if (nkept > 0)
			result->chunks[i].kept = palloc(sizeof(MinimalTuple) * ANSWER_ROWS);
	}
	if (nkept == 0)
		return result;
	result->kept = drs_spool_open(drs_kept_desc(plan->columns, 0, nkept), work_mem);
	result->slot = MakeSingleTupleTableSlot(drs_spool_desc(result->kept), &TTSOpsMinimalTuple);
	result->kept_values = palloc(sizeof(Datum) * nkept);
	result->kept_isnull = palloc(sizeof(bool) * nkept);
	return result;
}

static void
note_unsent(JobResult *result, const RowFailure *failure)
{
	MemoryContext old = MemoryContextSwitchTo(result->cxt);
	UnsentRow  *unsent = palloc(sizeof(UnsentRow));

	unsent->row = result->put;
	unsent->failure = *failure;
	unsent->failure.message = pstrdup(failure->message);
	dlist_push_tail(&result->unsent, &unsent->node);
	MemoryContextSwitchTo(old);
}

void
drs_jobresult_keep(JobResult *result, const Datum *values, const bool *isnull,
				   const RowFailure *failure)
{
	const Columns *columns = result->plan.columns;

	for (int i = 0; i < columns->nkept; i++)
	{
		result->kept_values[i] = values[columns->kept[i]];
		result->kept_isnull[i] = isnull[columns->kept[i]];
	}
	if (result->kept)
		drs_spool_put(result->kept, result->kept_values, result->kept_isnull);
	if (failure)
		note_unsent(result, failure);
	else
		result->sent++;
	result->put++;
}

void
drs_jobresult_seal(JobResult *result)
{
	result->sealed = true;
}

void
drs_jobresult_begin(JobResult *result, PublicApi *api, const DownloadPlan *plan)
{
	MemoryContext old = MemoryContextSwitchTo(result->cxt);
	ResultOrderPlan order = {
		.job_id = plan->job_id,
		.number_column = result->plan.marks->number,
		.status_column = DRS_STATUS_COLUMN,
		.first_row = result->plan.first_row,
		.max_kbytes = work_mem
	};

	result->job_id = plan->job_id;
	result->reader = drs_resultreader_open(api, plan, &order);
	MemoryContextSwitchTo(old);
}

/* Has all of the result come, and is the job completed? */
static bool
has_ended(const JobResult *result)
{
	return result->reader && drs_resultreader_has_ended(result->reader);
}

static void
refuse_early_end(const JobResult *result)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the result of batch job %s ended before all of its rows were sent",
					result->job_id)));
}

/* Have the next bytes put in order; false when there are none. */
static bool
read_more(JobResult *result)
{
	if (!drs_resultreader_read(result->reader, result->sent))
		return false;
	if (has_ended(result) && !result->sealed)
		refuse_early_end(result);
	return true;
}

/* The first row that was not sent, and is not taken; NULL: there is none. */
static UnsentRow *
first_unsent(const JobResult *result)
{
	dlist_head *unsent = unconstify(dlist_head *, &result->unsent);

	return dlist_is_empty(unsent) ? NULL : dlist_head_element(UnsentRow, node, unsent);
}

/* The number of rows, from the next one on, that were sent and can be answered together. */
static int
answerable_rows(const JobResult *result)
{
	const UnsentRow *unsent = first_unsent(result);
	uint64		end = unsent ? unsent->row : result->put;

	if (!has_ended(result) && end == result->put)
		end--;
	return (int) Min(end - result->taken, ANSWER_ROWS);
}

/* Take the next run of rows that were sent; false when there is none yet. */
static bool
take_run(JobResult *result, ResultRun *run)
{
	for (;;)
	{
		int			rows = answerable_rows(result);

		if (rows > 0 && drs_resultreader_take(result->reader, result->sent, rows, run))
			return true;
		if (!read_more(result))
			return false;
	}
}

/* The chunk of the next answer: so many rows with their kept columns. */
static Chunk *
next_chunk(JobResult *result, int nrows)
{
	Chunk	   *chunk = &result->chunks[result->current ^= 1];
	MemoryContext old;

	MemoryContextReset(chunk->cxt);
	old = MemoryContextSwitchTo(chunk->cxt);
	chunk->first_row = result->plan.first_row + result->taken;
	chunk->nrows = nrows;
	chunk->failure = NULL;
	for (int i = 0; result->kept && i < nrows; i++)
	{
		if (!drs_spool_next(result->kept, result->slot))
			elog(ERROR, "kept columns of row " UINT64_FORMAT " are missing", chunk->first_row + i);
		chunk->kept[i] = ExecCopySlotMinimalTuple(result->slot);
	}
	MemoryContextSwitchTo(old);
	result->taken += nrows;
	return chunk;
}

/* The answer to the next row, which has no prediction; its failure is copied. */
static void
answer_failed(JobResult *result, const RowFailure *failure, Answer *answer)
{
	Chunk	   *chunk = next_chunk(result, 1);

	chunk->failure = MemoryContextAlloc(chunk->cxt, sizeof(RowFailure));
	*chunk->failure = *failure;
	chunk->failure->message = MemoryContextStrdup(chunk->cxt, failure->message);
	*answer = (Answer) {.chunk = chunk, .model_id = "",
		.request_id = result->job_id ? result->job_id : ""};
}

/* The service has no prediction for the next row. */
static void
answer_unscored(JobResult *result, const char *status, Answer *answer)
{
	RowFailure *failure = drs_jobfailure_of(status, result->plan.first_row + result->taken,
											result->job_id, result->plan.isolates);

	answer_failed(result, failure, answer);
	pfree(unconstify(char *, failure->message));
	pfree(failure);
}

/* The next row, if it was not sent and can be answered; NULL: it was, or cannot yet. */
static UnsentRow *
next_unsent(const JobResult *result)
{
	UnsentRow  *unsent = first_unsent(result);
	bool		is_last = result->taken + 1 == result->put;

	if (unsent == NULL || unsent->row != result->taken)
		return NULL;
	return has_ended(result) || !is_last || (result->sealed && result->sent == 0) ? unsent : NULL;
}

/* Form the answer to rows that were sent; false when there is none yet. */
static bool
answer_sent(JobResult *result, Answer *answer)
{
	ResultRun	run;

	if (result->reader == NULL || !take_run(result, &run))
		return false;
	if (run.status)
		answer_unscored(result, run.status, answer);
	else
		*answer = (Answer) {.chunk = next_chunk(result, run.nrows), .body = run.body,
			.len = run.len, .content_type = "text/csv", .model_id = "",
			.request_id = result->job_id, .status = 200};
	return true;
}

bool
drs_jobresult_next(JobResult *result, Answer *answer)
{
	UnsentRow  *unsent = next_unsent(result);

	if (unsent == NULL && answer_sent(result, answer))
		return true;
	unsent = next_unsent(result);	/* the result may have ended in between */
	if (unsent == NULL)
		return false;
	answer_failed(result, &unsent->failure, answer);
	dlist_delete(&unsent->node);
	pfree(unconstify(char *, unsent->failure.message));
	pfree(unsent);
	return true;
}

bool
drs_jobresult_is_over(const JobResult *result)
{
	return result->sealed && result->taken == result->put;
}

const Job *
drs_jobresult_job(const JobResult *result)
{
	return result->reader ? drs_resultreader_job(result->reader) : NULL;
}

TimestampTz
drs_jobresult_due(const JobResult *result)
{
	return result->reader ? drs_resultreader_due(result->reader) : DT_NOEND;
}

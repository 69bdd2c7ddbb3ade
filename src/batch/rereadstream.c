/*
 * rereadstream.c
 *		A PredictionStream that reads the result of a job again.
 *
 * Rows and records are both in the order of the key, and are merged:
 *
 *		rows put:	 3 4 - 6 7 8		4 was not there before, 5 is gone
 *		records:	 3 - 5 6 7 8
 *		answers:	[3]  [6 7 8]
 *
 * Nothing is answered before the job is completed.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/clock.h"
#include "batch/batchstream.h"
#include "batch/job.h"
#include "batch/jobfailure.h"
#include "batch/recordkeys.h"
#include "batch/resultreader.h"
#include "batch/streamspec.h"
#include "batch/waitnotice.h"
#include "decode/decodedstream.h"
#include "rows/spool.h"

/* Rows of an answer, and rows that are put but not taken, at most. */
#define ANSWER_ROWS 1000
#define ROWS_AHEAD 50000

/* How often the job is asked whether it is completed, in us. */
#define ASK_EVERY INT64CONST(2000000)

typedef struct RereadStream
{
	DecodedStream decoded;		/* first */
	MemoryContext cxt;
	const Columns *columns;
	BatchPlan	plan;
	const MarkColumns *marks;
	PublicApi  *api;
	char	   *job_id;
	uint64		rows;			/* of the job */
	DownloadPlan download;		/* its time counts from the creation of the stream */
	Key		   *key;			/* of kept columns */

	/* rows put */
	Spool	   *kept;
	uint64		rows_read;		/* from it: at its end, a spool does not see later rows */
	TupleTableSlot *slot;		/* the first row that is not matched yet, if it has one */
	Datum	   *kept_values;
	bool	   *kept_isnull;
	bool		finished;

	/* records */
	TimestampTz asked;			/* when the job was last asked for; 0: never */
	WaitNotice	notice;
	ResultReader *reader;		/* NULL before the job is completed */
	ResultRun	run;			/* nrows 0: there is none */
	RecordKeys *keys;			/* of its records; NULL: to be opened */
	MemoryContext run_cxt;		/* reset with every run, and before, with every look at the job */
	KeyedRecord record;			/* the first that is not matched yet, if has_record */
	bool		has_record;
	int			matched;		/* records of the run that were used or skipped */

	/* the last two answers */
	Chunk		chunks[2];
	StringInfoData bodies[2];
	int			current;
	Answer		next;			/* formed, but not decoded; chunk NULL: there is none */
} RereadStream;

static const StreamMethods methods;

static void
prepare_rows(RereadStream *reread)
{
	int			nkept = reread->columns->nkept;
	List	   *names = NIL;

	reread->kept = drs_spool_open(drs_kept_desc(reread->columns, 0, nkept), work_mem);
	reread->slot = MakeSingleTupleTableSlot(drs_spool_desc(reread->kept), &TTSOpsMinimalTuple);
	reread->kept_values = palloc(sizeof(Datum) * nkept);
	reread->kept_isnull = palloc(sizeof(bool) * nkept);
	for (int i = 0; i < reread->columns->nkeys; i++)
		names = lappend(names,
						NameStr(TupleDescAttr(drs_spool_desc(reread->kept), i)->attname));
	reread->key = drs_key_of(drs_spool_desc(reread->kept), names);
	for (int i = 0; i < 2; i++)
	{
		reread->chunks[i].cxt = AllocSetContextCreate(reread->cxt, "datarobot_scoring answer",
													  ALLOCSET_DEFAULT_SIZES);
		reread->chunks[i].kept = palloc(sizeof(MinimalTuple) * ANSWER_ROWS);
		initStringInfo(&reread->bodies[i]);
	}
}

PredictionStream *
drs_batchstream_reread(Endpoint *endpoint, Request *request, const Columns *columns,
					   const Shape *shape, const BatchPlan *plan, const char *job_id, uint64 rows)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	RereadStream *reread = palloc0(sizeof(RereadStream));
	DecodePlan	decode_plan = {.isolates = plan->isolates};
	Decoder    *decoder;

	reread->marks = drs_markcolumns_create(columns, plan->mark);
	decoder = drs_decoder_create(shape, reread->marks->answered, request, &endpoint->options,
								 &decode_plan);
	drs_decodedstream_begin(&reread->decoded, &methods, decoder, endpoint->counters,
							request->deployment);
	reread->cxt = cxt;
	reread->columns = columns;
	reread->plan = *plan;
	reread->api = drs_api_open(endpoint);
	reread->job_id = pstrdup(job_id);
	reread->rows = rows;
	reread->download = (DownloadPlan) {
		.job_id = reread->job_id,
		.timeout = endpoint->options.batch.job_timeout,
		.since = drs_clock(),
		.deletes = endpoint->options.batch.delete_on_timeout,
		.dialect = drs_streamspec_of(&endpoint->options)->dialect
	};
	reread->notice = drs_waitnotice_begin();
	reread->run_cxt = AllocSetContextCreate(cxt, "datarobot_scoring records",
											ALLOCSET_DEFAULT_SIZES);
	prepare_rows(reread);
	MemoryContextSwitchTo(old);
	return &reread->decoded.stream;
}

/* ---- rows */

static bool
has_room(const PredictionStream *stream)
{
	return stream->rows_put - stream->rows_taken < ROWS_AHEAD;
}

static void
put(PredictionStream *stream, const Datum *values, const bool *isnull)
{
	RereadStream *reread = (RereadStream *) stream;
	const Columns *columns = reread->columns;

	for (int i = 0; i < columns->nkept; i++)
	{
		reread->kept_values[i] = values[columns->kept[i]];
		reread->kept_isnull[i] = isnull[columns->kept[i]];
	}
	drs_spool_put(reread->kept, reread->kept_values, reread->kept_isnull);
	stream->rows_put++;
}

static void
finish(PredictionStream *stream)
{
	((RereadStream *) stream)->finished = true;
}

/* ---- records */

static void
begin_reading(RereadStream *reread)
{
	ResultOrderPlan order = {
		.job_id = reread->job_id,
		.number_column = reread->marks->number,
		.status_column = DRS_STATUS_COLUMN,
		.first_row = reread->plan.first_row,
		.max_kbytes = work_mem
	};
	MemoryContext old = MemoryContextSwitchTo(reread->cxt);

	reread->reader = drs_resultreader_open(reread->api, &reread->download, &order);
	MemoryContextSwitchTo(old);
}

/* When the job is to be asked for again. */
static TimestampTz
next_question(const RereadStream *reread)
{
	return Min(reread->asked + ASK_EVERY, drs_download_deadline(&reread->download));
}

/* Begin the download once the job is completed; false: it is not yet. */
static bool
is_completed(RereadStream *reread)
{
	MemoryContext old;
	const Job  *job;

	if (reread->reader)
		return true;
	if (reread->asked != 0 && drs_clock() < next_question(reread))
		return false;
	MemoryContextReset(reread->run_cxt);	/* of the last such record */
	old = MemoryContextSwitchTo(reread->run_cxt);
	job = drs_job_get(reread->api, reread->job_id);
	reread->asked = drs_clock();
	if (drs_job_has_ended(job) && job->state != JOB_COMPLETED)
		drs_job_raise(reread->api, job);
	if (job->state == JOB_COMPLETED)
		begin_reading(reread);
	else
	{
		drs_download_check_time(&reread->download, job);
		drs_waitnotice_send(&reread->notice, job, "has no result yet");
	}
	MemoryContextSwitchTo(old);
	return reread->reader != NULL;
}

/* Have a record that is not matched yet; false: there is none now. */
static bool
have_record(RereadStream *reread)
{
	MemoryContext old;

	while (!reread->has_record)
	{
		if (reread->matched == reread->run.nrows)
		{
			reread->keys = NULL;
			MemoryContextReset(reread->run_cxt);
			reread->matched = reread->run.nrows = 0;
			while (!drs_resultreader_take(reread->reader, reread->rows, ANSWER_ROWS, &reread->run))
				if (!drs_resultreader_read(reread->reader, reread->rows))
				{
					reread->run.nrows = 0;
					return false;
				}
		}
		old = MemoryContextSwitchTo(reread->run_cxt);
		if (reread->keys == NULL)
			reread->keys = drs_recordkeys_open(&reread->run, reread->marks, reread->key);
		reread->has_record = drs_recordkeys_next(reread->keys, &reread->record);
		MemoryContextSwitchTo(old);
		if (!reread->has_record)
			reread->matched = reread->run.nrows;
	}
	return true;
}

/* Have a row that is not matched yet; false: there is none now. */
static bool
have_row(RereadStream *reread)
{
	if (TupIsNull(reread->slot) && reread->rows_read < reread->decoded.stream.rows_put &&
		drs_spool_next(reread->kept, reread->slot))
	{
		slot_getallattrs(reread->slot);
		reread->rows_read++;
	}
	return !TupIsNull(reread->slot);
}

/* The row that is not matched yet is done with. */
static void
next_row(RereadStream *reread)
{
	ExecClearTuple(reread->slot);
}

static void
next_record(RereadStream *reread)
{
	reread->has_record = false;
	reread->matched++;
}

/* ---- answers */

/* Skip rows and records without a counterpart; false: there is no pair now. */
static bool
find_pair(RereadStream *reread)
{
	while (have_row(reread))
	{
		int			order;

		if (!have_record(reread))
		{
			if (!drs_resultreader_has_ended(reread->reader))
				return false;
			order = -1;
		}
		else
			order = drs_key_compare(reread->key, reread->slot->tts_values, reread->record.key);
		if (order == 0)
			return true;
		if (order < 0)
		{
			next_row(reread);
			reread->decoded.stream.rows_taken++;
		}
		else
			next_record(reread);
	}
	return false;
}

/* The number of the row of the record that is not matched yet. */
static uint64
record_number(const RereadStream *reread)
{
	return reread->run.first_row + reread->matched;
}

/* Add the pair that was found to the answer. */
static void
add_pair(RereadStream *reread, Chunk *chunk, StringInfo body)
{
	MemoryContext old = MemoryContextSwitchTo(chunk->cxt);

	chunk->kept[chunk->nrows++] = ExecCopySlotMinimalTuple(reread->slot);
	MemoryContextSwitchTo(old);
	appendBinaryStringInfo(body, reread->run.body + reread->record.start,
						   (int) (reread->record.end - reread->record.start));
	next_row(reread);
	next_record(reread);
}

/* Begin an answer with the record that is not matched yet. */
static Chunk *
begin_answer(RereadStream *reread)
{
	Chunk	   *chunk = &reread->chunks[reread->current ^= 1];
	MemoryContext old;

	MemoryContextReset(chunk->cxt);
	old = MemoryContextSwitchTo(chunk->cxt);
	chunk->nrows = 0;
	chunk->first_row = record_number(reread);
	chunk->failure = reread->run.status == NULL ? NULL :
		drs_jobfailure_of(reread->run.status, chunk->first_row, reread->job_id,
						  reread->plan.isolates);
	MemoryContextSwitchTo(old);
	resetStringInfo(&reread->bodies[reread->current]);
	appendBinaryStringInfo(&reread->bodies[reread->current], reread->run.body,
						   (int) reread->run.header_len);
	return chunk;
}

/* Does the pair that was found belong to the same answer? */
static bool
continues(const RereadStream *reread, const Chunk *chunk)
{
	return chunk->nrows < ANSWER_ROWS && chunk->failure == NULL && reread->run.status == NULL &&
		record_number(reread) == chunk->first_row + chunk->nrows;
}

/* Form the answer to pairs of consecutive records; false: there is none now. */
static bool
form_answer(RereadStream *reread)
{
	Chunk	   *chunk;
	StringInfo	body;

	if (reread->next.chunk)
		return true;
	if (!is_completed(reread) || !find_pair(reread))
		return false;
	chunk = begin_answer(reread);
	body = &reread->bodies[reread->current];
	do
		add_pair(reread, chunk, body);
	while (find_pair(reread) && continues(reread, chunk));
	reread->next = (Answer) {.chunk = chunk, .body = body->data, .len = body->len,
		.content_type = "text/csv", .model_id = "", .request_id = reread->job_id, .status = 200};
	return true;
}

/* Have all rows been answered, or left out? */
static bool
is_over(const RereadStream *reread)
{
	const PredictionStream *stream = &reread->decoded.stream;

	return reread->finished && stream->rows_put == stream->rows_taken;
}

static TimestampTz
next_due(const RereadStream *reread)
{
	return reread->reader ? drs_resultreader_due(reread->reader) : next_question(reread);
}

static bool
await(PredictionStream *stream, TimestampTz until)
{
	RereadStream *reread = (RereadStream *) stream;
	bool		passed = false;

	while (!form_answer(reread))
	{
		if (passed || is_over(reread) || (!reread->finished && !have_row(reread)))
			return false;
		passed = drs_clock() >= until;
		drs_api_wait(reread->api, Min(until, next_due(reread)));
	}
	return true;
}

static bool
ready(PredictionStream *stream, bool wait)
{
	RereadStream *reread = (RereadStream *) stream;

	if (!await(stream, wait ? DT_NOEND : 0))
		return false;
	drs_decodedstream_decode(&reread->decoded, &reread->next);
	reread->next.chunk = NULL;
	return true;
}

static void
take(PredictionStream *stream, const Datum **values, const bool **isnull)
{
	drs_decodedstream_take((DecodedStream *) stream, values, isnull);
	stream->rows_taken++;
}

bool
drs_batchstream_leaves_reread(const PredictionStream *stream)
{
	const RereadStream *reread = (const RereadStream *) stream;

	return stream->methods == &methods && !reread->download.deletes &&
		drs_clock() >= drs_download_deadline(&reread->download);
}

static void
close_reread(PredictionStream *stream)
{
	RereadStream *reread = (RereadStream *) stream;

	drs_api_close(reread->api);
	MemoryContextDelete(reread->cxt);
}

static const StreamMethods methods = {
	.put = put,
	.has_room = has_room,
	.finish = finish,
	.await = await,
	.ready = ready,
	.take = take,
	.failure = drs_decodedstream_failure,
	.sent_row = drs_decodedstream_sent_row,
	.close = close_reread,
};

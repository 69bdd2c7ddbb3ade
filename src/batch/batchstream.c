/*
 * batchstream.c
 *		Connects the stages of scoring rows by jobs.
 *
 * Two jobs are open at most: the result of one comes down while the next gets
 * its rows.  It waits in one place, for whatever moves the bytes of any job.
 *
 * Its memory is bounded: a block of rows, what uploads and downloads buffer,
 * and two answers.  Kept columns, and records that come early, go to files.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "batch/batchstream.h"
#include "batch/job.h"
#include "batch/jobmaker.h"
#include "batch/joboverdue.h"
#include "batch/jobresult.h"
#include "batch/rowsender.h"
#include "decode/decodedstream.h"

#define MAX_JOBS 2

/* Rows that are put, at most, before predictions are looked for. */
#define LOOK_ROWS 8192

/* How many stages (jobjournal.h) a job has reached that is at this one. */
#define REACHED(stage) ((int) (stage) + 1)

/* A job that gets rows, or whose result is taken. */
typedef struct StreamJob
{
	MemoryContext cxt;
	int			number;			/* in the stream, from 1 */
	char	   *id;				/* NULL before it is created, which its first row causes */
	TimestampTz created;
	uint64		rows_before;	/* rows put before it */
	uint64		rows;
	bool		sealed;			/* it has all its rows */
	Upload	   *upload;			/* NULL before the first byte and after the last */
	JobResult  *result;
	int			reached;		/* stages, and of these those that are recorded */
	int			recorded;
} StreamJob;

typedef struct BatchStream
{
	DecodedStream decoded;		/* first */
	MemoryContext cxt;
	const Columns *columns;
	const Options *options;
	BatchPlan	plan;
	MarkColumns *marks;
	JobMaker   *maker;
	PublicApi  *api;
	RowSender  *sender;
	StreamJob  *jobs[MAX_JOBS + 1]; /* in order; the first may be settled, but still in use */
	int			njobs;
	int			number;			/* of the last one */
	bool		finished;		/* no more rows are put */
	JobEvent	event;			/* to be recorded */

	Answer		next;			/* formed, but not decoded; chunk NULL: there is none */
	int64		max_rows_ahead; /* between put and take */
	uint64		looked_at;		/* rows put when predictions were last looked for */
} BatchStream;

static const StreamMethods methods;

static void reach(BatchStream *batch, StreamJob *job, JobStage stage);
static void end_rows(BatchStream *batch, StreamJob *job);

PredictionStream *
drs_batchstream_open(Endpoint *endpoint, Request *request, const Columns *columns,
					 const Shape *shape, const BatchPlan *plan)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring batch",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	BatchStream *batch = palloc0(sizeof(BatchStream));
	const Options *options = &endpoint->options;
	DecodePlan	decode_plan = {.isolates = plan->isolates};
	Decoder    *decoder;

	batch->marks = drs_markcolumns_create(columns, plan->mark);
	decoder = drs_decoder_create(shape, batch->marks->answered, request, options, &decode_plan);
	drs_decodedstream_begin(&batch->decoded, &methods, decoder, endpoint->counters,
							request->deployment);
	batch->cxt = cxt;
	batch->columns = columns;
	batch->options = options;
	batch->plan = *plan;
	batch->max_rows_ahead = PG_INT64_MAX;
	batch->api = drs_api_open(endpoint);
	batch->maker = drs_jobmaker_create(batch->api, options, request->deployment,
									   batch->marks->passed);
	batch->sender = drs_rowsender_create(batch->marks, plan->isolates);
	MemoryContextSwitchTo(old);
	return &batch->decoded.stream;
}

/* ---- the journal */

/* The first job with a stage that is to be recorded; NULL: there is none. */
static StreamJob *
unrecorded_job(const BatchStream *batch)
{
	for (int i = 0; i < batch->njobs; i++)
		if (batch->jobs[i]->recorded < batch->jobs[i]->reached)
			return batch->jobs[i];
	return NULL;
}

const JobEvent *
drs_batchstream_pending(const PredictionStream *stream)
{
	const BatchStream *batch = (const BatchStream *) stream;
	JobEvent   *event = unconstify(JobEvent *, &batch->event);
	const StreamJob *job;

	if (stream->methods != &methods || (job = unrecorded_job(batch)) == NULL)
		return NULL;
	event->stage = (JobStage) job->recorded;
	event->number = job->number;
	event->job_id = job->id;
	event->rows_before = job->rows_before;
	event->rows = event->stage == JOB_CREATED ? 0 : job->rows;
	return event;
}

/* Its result is read as it is made, or else when it can begin. */
static void
begin_result(const BatchStream *batch, const StreamJob *job)
{
	DownloadPlan plan = {.job_id = job->id, .dialect = drs_jobmaker_dialect(batch->maker)};

	drs_jobresult_begin(job->result, batch->api, &plan);
}

static void
begin_upload(BatchStream *batch, StreamJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->cxt);
	UploadPlan	plan = {
		.job_id = job->id,
		.multipart = drs_jobmaker_in_parts(batch->maker),
		.repeatable = drs_jobmaker_in_parts(batch->maker),
		.dialect = drs_jobmaker_dialect(batch->maker)
	};

	plan.header = drs_rowsender_header(batch->sender, &plan.header_len);
	job->upload = drs_upload_open(batch->api, &plan);
	MemoryContextSwitchTo(old);
	if (!plan.multipart)
		begin_result(batch, job);
}

/* All its predictions were taken: forget it. */
static void
remove_job(BatchStream *batch, const StreamJob *job)
{
	Assert(job == batch->jobs[0]);
	MemoryContextDelete(job->cxt);
	batch->njobs--;
	memmove(&batch->jobs[0], &batch->jobs[1], sizeof(StreamJob *) * batch->njobs);
}

/* A stage of a job is recorded, or need not be: do what it was needed for. */
static void
pass(BatchStream *batch, StreamJob *job)
{
	JobStage	stage = (JobStage) job->recorded++;

	if (stage == JOB_CREATED)
	{
		begin_upload(batch, job);
		if (job->sealed)		/* by its first row */
			end_rows(batch, job);
	}
	else if (stage == JOB_SEALED)
		drs_upload_finish(job->upload);
	else if (stage == JOB_SENT && drs_jobmaker_in_parts(batch->maker))
		begin_result(batch, job);
}

static void
reach(BatchStream *batch, StreamJob *job, JobStage stage)
{
	job->reached = Max(job->reached, REACHED(stage));
	while (!batch->plan.is_recorded && job->recorded < job->reached)
		pass(batch, job);
}

void
drs_batchstream_recorded(PredictionStream *stream)
{
	BatchStream *batch = (BatchStream *) stream;

	pass(batch, unrecorded_job(batch));
}

/* ---- rows */

/* The job that gets rows; NULL: there is none. */
static StreamJob *
filling_job(const BatchStream *batch)
{
	StreamJob  *last = batch->njobs > 0 ? batch->jobs[batch->njobs - 1] : NULL;

	return last && !last->sealed ? last : NULL;
}

static StreamJob *
open_job(BatchStream *batch)
{
	MemoryContext cxt = AllocSetContextCreate(batch->cxt, "datarobot_scoring job",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StreamJob  *job = palloc0(sizeof(StreamJob));
	JobResultPlan plan = {
		.columns = batch->columns,
		.marks = batch->marks,
		.first_row = batch->plan.first_row + batch->decoded.stream.rows_put,
		.isolates = batch->plan.isolates
	};

	if (batch->njobs > MAX_JOBS)
		elog(ERROR, "a row was put into a stream without room");
	job->cxt = cxt;
	job->number = ++batch->number;
	job->rows_before = batch->decoded.stream.rows_put;
	job->result = drs_jobresult_create(&plan);
	drs_rowsender_begin(batch->sender, plan.first_row);
	batch->jobs[batch->njobs++] = job;
	MemoryContextSwitchTo(old);
	return job;
}

/* The job that was asked for; NULL: none was, or the service has not answered. */
static StreamJob *
made_job(BatchStream *batch)
{
	StreamJob  *job = batch->jobs[batch->njobs - 1];
	MemoryContext old;

	if (!drs_jobmaker_is_busy(batch->maker))
		return NULL;
	old = MemoryContextSwitchTo(job->cxt);
	job->id = drs_jobmaker_poll(batch->maker);
	job->created = drs_clock();
	MemoryContextSwitchTo(old);
	return job->id ? job : NULL;
}

/* Look whether the last job exists at the service by now. */
static void
poll_creation(BatchStream *batch)
{
	StreamJob  *job = made_job(batch);

	if (job == NULL)
		return;
	if (!batch->plan.is_recorded)
		ereport(LOG,
				(errmsg("batch job %s was created for rows from " UINT64_FORMAT " on", job->id,
						batch->plan.first_row + job->rows_before)));
	reach(batch, job, JOB_CREATED);
}

/* Hand the rows over, and move bytes without waiting. */
static void
send_rows(BatchStream *batch, const StreamJob *job)
{
	batch->decoded.stream.counters->rows_sent +=
		drs_rowsender_flush(batch->sender, job->upload);
	drs_api_wait(batch->api, drs_clock());
}

/* Hand over the last rows of a job that is sealed. */
static void
end_rows(BatchStream *batch, StreamJob *job)
{
	send_rows(batch, job);
	reach(batch, job, JOB_SEALED);
}

/* It gets no more rows. */
static void
seal_job(BatchStream *batch, StreamJob *job)
{
	job->sealed = true;
	drs_jobresult_seal(job->result);
	if (job->upload)
		end_rows(batch, job);
}

static void
put(PredictionStream *stream, const Datum *values, const bool *isnull)
{
	BatchStream *batch = (BatchStream *) stream;
	StreamJob  *job = filling_job(batch);
	const RowFailure *failure;

	if (job == NULL)
		job = open_job(batch);
	failure = drs_rowsender_put(batch->sender, values, isnull);
	drs_jobresult_keep(job->result, values, isnull, failure);
	job->rows++;
	stream->rows_put++;
	if (failure == NULL && job->id == NULL)
		drs_jobmaker_start(batch->maker);	/* it has a row */
	if (job->upload && drs_rowsender_is_full(batch->sender))
		send_rows(batch, job);
	if (job->rows == (uint64) batch->options->batch.batch_rows)
		seal_job(batch, job);
}

/* The first job that has predictions to be taken; NULL: there is none. */
static StreamJob *
reading_job(const BatchStream *batch)
{
	for (int i = 0; i < batch->njobs; i++)
		if (batch->jobs[i]->reached < REACHED(JOB_SETTLED))
			return batch->jobs[i];
	return NULL;
}

/* The number of jobs whose predictions were not all taken. */
static int
count_open(const BatchStream *batch)
{
	int			count = 0;

	for (int i = 0; i < batch->njobs; i++)
		count += batch->jobs[i]->reached < REACHED(JOB_SETTLED);
	return count;
}

/*
 * Is there room for more rows?  Not while a job is created: its creation is waited for
 * without a snapshot.  The upload takes a whole block when it has any.  A service may take
 * rows as fast as they are put: then predictions are looked for in between.
 */
static bool
has_room(const PredictionStream *stream)
{
	const BatchStream *batch = (const BatchStream *) stream;
	const StreamJob *job = filling_job(batch);

	if (drs_jobmaker_is_busy(batch->maker) || unrecorded_job(batch) ||
		stream->rows_put - batch->looked_at >= LOOK_ROWS ||
		(int64) (stream->rows_put - stream->rows_taken) >= batch->max_rows_ahead)
		return false;
	if (job == NULL)
		return count_open(batch) < MAX_JOBS;
	return job->upload == NULL || drs_upload_room(job->upload) > 0;
}

static void
finish(PredictionStream *stream)
{
	BatchStream *batch = (BatchStream *) stream;
	StreamJob  *job = filling_job(batch);

	batch->finished = true;
	if (job)
		seal_job(batch, job);
}

/* ---- the option job_timeout */

/* When the time of a job is over; DT_NOEND: it has no limit, or has not begun. */
static TimestampTz
overdue_at(const BatchStream *batch, const StreamJob *job)
{
	int			timeout = batch->options->batch.job_timeout;

	return timeout > 0 && job->id ? job->created + timeout * INT64CONST(1000) : DT_NOEND;
}

static bool
is_overdue(const BatchStream *batch, const StreamJob *job)
{
	return drs_clock() >= overdue_at(batch, job);
}

/* Has the service everything of it?  Else its upload ends with the stream. */
static bool
is_sent(const StreamJob *job)
{
	return job->recorded >= REACHED(JOB_SENT);
}

/* What becomes of a job that is overdue, and how to continue; NULL: it is left, that is all. */
static const char *
overdue_hint(const BatchStream *batch, const StreamJob *job)
{
	if (!is_sent(job))
		return batch->plan.is_recorded ?
			gettext_noop("The job is aborted, because it has not got all its rows."
						 " datarobot.resume() sends them again.") :
			gettext_noop("The job is aborted, because it has not got all its rows. Call again"
						 " with a longer \"job_timeout\", or fewer \"batch_rows\".");
	if (batch->options->batch.delete_on_timeout)
		return gettext_noop("The job is aborted, because the option \"delete_on_timeout\" is"
							" set.");
	if (batch->plan.is_recorded)
		return gettext_noop("The job was left as it is: datarobot.resume() waits for it and reads"
							" its result.");
	return NULL;
}

static void
check_overdue(const BatchStream *batch, const StreamJob *job)
{
	const Job  *known;
	const char *hint;

	if (job == NULL || unrecorded_job(batch) || !is_overdue(batch, job))
		return;
	known = drs_jobresult_job(job->result);
	hint = overdue_hint(batch, job);
	drs_joboverdue_raise(job->id, batch->options->batch.job_timeout,
						 known ? known->status : NULL, hint ? _(hint) : NULL);
}

/* ---- predictions */

/* Form the next answer; false when there is none yet. */
static bool
form_answer(BatchStream *batch)
{
	StreamJob  *job = batch->next.chunk == NULL ? reading_job(batch) : NULL;

	if (job)
		(void) drs_jobresult_next(job->result, &batch->next);
	return batch->next.chunk != NULL;
}

/* See which uploads have ended. */
static void
poll_uploads(BatchStream *batch)
{
	for (int i = 0; i < batch->njobs; i++)
	{
		StreamJob  *job = batch->jobs[i];

		if (job->upload == NULL || !drs_upload_poll(job->upload))
			continue;
		drs_upload_close(job->upload);
		job->upload = NULL;
		reach(batch, job, JOB_SENT);
	}
}

/* When there is something to do at the latest, whatever bytes move. */
static TimestampTz
next_due(const BatchStream *batch)
{
	const StreamJob *reading = reading_job(batch);
	TimestampTz due = drs_jobmaker_due(batch->maker);

	if (reading)
		due = Min(due, overdue_at(batch, reading));
	for (int i = 0; i < batch->njobs; i++)
	{
		const StreamJob *job = batch->jobs[i];

		due = Min(due, drs_jobresult_due(job->result));
		if (job->upload)
			due = Min(due, drs_upload_due(job->upload));
	}
	return due;
}

/* Does the caller have nothing to do but to wait? */
static bool
may_wait(const BatchStream *batch)
{
	return reading_job(batch) && unrecorded_job(batch) == NULL &&
		(batch->finished || !has_room(&batch->decoded.stream));
}

/* A job whose predictions were all taken is not needed any more, once that is recorded. */
static void
remove_settled(BatchStream *batch)
{
	while (batch->njobs > 0 && batch->jobs[0]->recorded == REACHED(JOB_SETTLED))
		remove_job(batch, batch->jobs[0]);
}

/* Move bytes until there is an answer, the caller has something to do, or that time. */
static bool
await(PredictionStream *stream, TimestampTz until)
{
	BatchStream *batch = (BatchStream *) stream;
	bool		passed = false;

	batch->looked_at = stream->rows_put;
	while (!form_answer(batch))
	{
		poll_creation(batch);
		poll_uploads(batch);
		check_overdue(batch, reading_job(batch));
		if (passed || !may_wait(batch))
			return false;
		passed = drs_clock() >= until;
		drs_api_wait(batch->api, Min(until, next_due(batch)));
	}
	return true;
}

static bool
ready(PredictionStream *stream, bool wait)
{
	BatchStream *batch = (BatchStream *) stream;

	remove_settled(batch);
	if (!await(stream, wait ? DT_NOEND : 0))
		return false;
	drs_decodedstream_decode(&batch->decoded, &batch->next);
	batch->next.chunk = NULL;
	return true;
}

/* Its last prediction was taken.  One without an id had no row to be sent. */
static void
settle_job(BatchStream *batch, StreamJob *job)
{
	if (job->id)
		reach(batch, job, JOB_SETTLED);
	else
		job->reached = job->recorded = REACHED(JOB_SETTLED);
}

static void
take(PredictionStream *stream, const Datum **values, const bool **isnull)
{
	BatchStream *batch = (BatchStream *) stream;
	StreamJob  *job = reading_job(batch);

	drs_decodedstream_take(&batch->decoded, values, isnull);
	stream->rows_taken++;
	if (stream->at_hand == 0 && drs_jobresult_is_over(job->result))
		settle_job(batch, job);
}

/* ---- the end */

static void
limit_rows(PredictionStream *stream, int64 rows)
{
	((BatchStream *) stream)->max_rows_ahead = Max(rows, 1);
}

/*
 * Is a job of a stream that is closed of no use any more?  Not if its result
 * can be read later: by a run that is resumed, or by hand after a timeout.
 */
static bool
is_abandoned(const BatchStream *batch, const StreamJob *job)
{
	if (job->id == NULL || job->reached == REACHED(JOB_SETTLED))
		return false;
	if (!is_sent(job))
		return true;
	if (is_overdue(batch, job))
		return batch->options->batch.delete_on_timeout;
	return !batch->plan.is_recorded;
}

bool
drs_batchstream_leaves_jobs(const PredictionStream *stream)
{
	const BatchStream *batch = (const BatchStream *) stream;

	if (stream->methods != &methods)
		return drs_batchstream_leaves_reread(stream);
	if (batch->options->batch.delete_on_timeout)
		return false;
	for (int i = 0; i < batch->njobs; i++)
		if (is_sent(batch->jobs[i]) && is_overdue(batch, batch->jobs[i]))
			return true;
	return false;
}

void
drs_batchstream_fail(PredictionStream *stream, MemoryContext cxt)
{
	ErrorData  *error;

	if (stream == NULL || stream->methods != &methods)
		PG_RE_THROW();
	MemoryContextSwitchTo(cxt);
	error = CopyErrorData();
	FlushErrorState();
	drs_stream_close(stream);
	ReThrowError(error);
}

/* Wait for the answer that names the last job, to abort it.  For drs_api_clean_up(). */
static void
await_creation(TimestampTz until, void *arg)
{
	BatchStream *batch = arg;

	while (made_job(batch) == NULL && drs_clock() < until)
		drs_api_wait(batch->api, Min(until, drs_jobmaker_due(batch->maker)));
}

static void
close_batch(PredictionStream *stream)
{
	BatchStream *batch = (BatchStream *) stream;

	if (drs_jobmaker_is_busy(batch->maker))
		drs_api_clean_up(batch->api, await_creation, batch);
	for (int i = 0; i < batch->njobs; i++)
		if (is_abandoned(batch, batch->jobs[i]))
			(void) drs_job_try_abort(batch->api, batch->jobs[i]->id);
	drs_api_close(batch->api);
	MemoryContextDelete(batch->cxt);
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
	.limit_rows = limit_rows,
	.close = close_batch,
};

/*
 * pipeline.c
 *		Connects the stages of scoring rows with the real-time API.
 *
 *		put ──► cutter (encode, chunk) ──► dispatch (transport) ──► decode ──► take
 *
 * It waits in one place, for the next answer.  Putting a row only attends to
 * the network now and then, so that uploads continue while rows are encoded.
 *
 * Its memory is bounded: it has the chunk being filled, those waiting for
 * their turn, those in flight, and as many again that are answered.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "decode/decodedstream.h"
#include "http/exchange.h"
#include "realtime/cutter.h"
#include "realtime/dispatch.h"
#include "realtime/pipeline.h"
#include "realtime/positiveprobe.h"
#include "realtime/sizing.h"
#include "rows/chunk.h"

/*
 * The work of taking a prediction, as the bytes that can be encoded in that
 * time (drs_dispatch_attend()).
 */
#define TAKE_WORK (DRS_ATTEND_WORK / 1024)

/*
 * Microseconds over which the share of waiting is measured before the limit
 * on rows ahead is lifted.
 */
#define JUDGE_US INT64CONST(1000000)

typedef struct Pipeline
{
	DecodedStream decoded;		/* first; its predictions are those of taking */
	MemoryContext cxt;
	const Options *options;
	Endpoint   *endpoint;
	Request    *request;
	PipelinePlan plan;
	Sizing		sizing;			/* currently */
	Cutter	   *cutter;
	Dispatch   *dispatch;

	DeliveredChunk arrived;		/* not decoded yet; chunk NULL: nothing has arrived */
	DeliveredChunk taking;		/* whose predictions are being taken; chunk NULL between chunks */
	int			nunreleased;	/* permits of chunks that were completely taken and closed */

	int64		max_rows_ahead; /* between put and take */
	TimestampTz judged_at;		/* when the share of waiting was last judged */
	int64		waited_us;		/* since then, spent waiting for the network */
} Pipeline;

static const StreamMethods methods;

static const char *ask_positive(const Chunk *chunk, bool whole, void *arg);
static void submit_chunk(Chunk *chunk, void *arg);
static bool fetch_answer(Pipeline *pipeline, TimestampTz until);
static void decode_answer(Pipeline *pipeline);
static void close_taken(Pipeline *pipeline);
static void grow(Pipeline *pipeline);
static void lift_limit(Pipeline *pipeline);

PredictionStream *
drs_pipeline_open(Endpoint *endpoint, Request *request, const Columns *columns, const Shape *shape,
				  const PipelinePlan *plan)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring pipeline",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Pipeline   *pipeline = palloc0(sizeof(Pipeline));
	const Options *options = &endpoint->options;
	DecodePlan	decode_plan = {plan->isolates, plan->takes_forecasts, plan->instead_of_forecasts,
	ask_positive, pipeline};
	Decoder    *decoder = drs_decoder_create(shape, columns, request, options, &decode_plan);

	drs_decodedstream_begin(&pipeline->decoded, &methods, decoder, endpoint->counters,
							request->deployment);
	pipeline->cxt = cxt;
	pipeline->options = options;
	pipeline->endpoint = endpoint;
	pipeline->request = request;
	pipeline->plan = *plan;
	pipeline->sizing = drs_sizing_first(plan, options);
	pipeline->max_rows_ahead = PG_INT64_MAX;
	pipeline->judged_at = drs_clock();
	pipeline->cutter = drs_cutter_create(columns, options, &pipeline->plan, &pipeline->sizing,
										 submit_chunk, pipeline);
	pipeline->dispatch = drs_dispatch_open(endpoint, request, &pipeline->plan, &pipeline->sizing);
	drs_dispatch_keep_next_body(pipeline->dispatch, drs_decoder_may_ask(decoder));
	MemoryContextSwitchTo(old);
	return &pipeline->decoded.stream;
}

static const char *
ask_positive(const Chunk *chunk, bool whole, void *arg)
{
	Pipeline   *pipeline = arg;

	return drs_positiveprobe(pipeline->endpoint, pipeline->request, chunk, whole);
}

static void
submit_chunk(Chunk *chunk, void *arg)
{
	Pipeline   *pipeline = arg;

	drs_dispatch_submit(pipeline->dispatch, chunk);
}

static bool
has_room(const PredictionStream *stream)
{
	const Pipeline *pipeline = (const Pipeline *) stream;

	if (!drs_dispatch_has_room(pipeline->dispatch))
		return false;

	/*
	 * During a slow start, no more chunks than may be in flight.  Answered
	 * ones count, too: their rows may never be asked for.
	 */
	if (pipeline->sizing.max_requests < pipeline->plan.concurrency &&
		drs_cutter_filled(pipeline->cutter) == 0 &&
		!drs_dispatch_line_is_short(pipeline->dispatch))
		return false;
	/* with nothing to wait for, a time series needs more rows before it can be sent */
	if (drs_cutter_is_within_series(pipeline->cutter) &&
		drs_dispatch_is_empty(pipeline->dispatch) &&
		pipeline->arrived.chunk == NULL)
		return true;
	return (int64) (stream->rows_put - stream->rows_taken) < pipeline->max_rows_ahead;
}

static void
put(PredictionStream *stream, const Datum *values, const bool *isnull)
{
	Pipeline   *pipeline = (Pipeline *) stream;
	size_t		encoded = drs_cutter_put(pipeline->cutter, values, isnull);

	stream->rows_put++;
	stream->cut_at = drs_cutter_cut_at(pipeline->cutter);
	drs_dispatch_attend(pipeline->dispatch, encoded);
}

static void
cut(PredictionStream *stream)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	drs_cutter_cut(pipeline->cutter);
	stream->cut_at = drs_cutter_cut_at(pipeline->cutter);
}

static void
finish(PredictionStream *stream)
{
	drs_cutter_flush(((Pipeline *) stream)->cutter);
}

static bool
await(PredictionStream *stream, TimestampTz until)
{
	return fetch_answer((Pipeline *) stream, until);
}

static bool
poll_answer(PredictionStream *stream)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	if (pipeline->arrived.chunk)
		return true;
	if (drs_dispatch_is_empty(pipeline->dispatch))
		drs_cutter_flush_whole(pipeline->cutter);
	return drs_dispatch_poll(pipeline->dispatch, &pipeline->arrived);
}

static int
poll_fd(PredictionStream *stream, TimestampTz latest)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	if (stream->at_hand > 0 || pipeline->arrived.chunk)
		latest = DRS_NO_WAIT;
	return drs_dispatch_poll_fd(pipeline->dispatch, latest);
}

static bool
ready(PredictionStream *stream, bool wait)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	close_taken(pipeline);
	if (!fetch_answer(pipeline, wait ? DT_NOEND : DRS_NO_WAIT))
		return false;
	decode_answer(pipeline);
	return true;
}

static void
take(PredictionStream *stream, const Datum **values, const bool **isnull)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	drs_decodedstream_take(&pipeline->decoded, values, isnull);
	if (!pipeline->plan.takes_forecasts)
		stream->rows_taken++;
	else if (stream->at_hand == 0)
		stream->rows_taken += stream->sent_rows;
	drs_dispatch_attend(pipeline->dispatch, TAKE_WORK);
}

static void
release(PredictionStream *stream)
{
	Pipeline   *pipeline = (Pipeline *) stream;
	int			permits = pipeline->nunreleased;

	if (pipeline->taking.holds_permit && stream->at_hand == 0)
	{
		pipeline->taking.holds_permit = false;
		permits++;
	}
	pipeline->nunreleased = 0;
	drs_dispatch_release(pipeline->dispatch, permits);
}

static void
limit_rows(PredictionStream *stream, int64 rows)
{
	((Pipeline *) stream)->max_rows_ahead = Max(rows, 1);
}

static void
close_pipeline(PredictionStream *stream)
{
	Pipeline   *pipeline = (Pipeline *) stream;

	drs_dispatch_close(pipeline->dispatch);
	MemoryContextDelete(pipeline->cxt);
}

static const StreamMethods methods = {
	.put = put,
	.has_room = has_room,
	.cut = cut,
	.finish = finish,
	.await = await,
	.poll_answer = poll_answer,
	.poll_fd = poll_fd,
	.ready = ready,
	.take = take,
	.failure = drs_decodedstream_failure,
	.sent_row = drs_decodedstream_sent_row,
	.release = release,
	.limit_rows = limit_rows,
	.close = close_pipeline,
};

/* Close the chunk whose predictions have all been taken. */
static void
close_taken(Pipeline *pipeline)
{
	if (pipeline->taking.chunk == NULL)
		return;
	pipeline->nunreleased += pipeline->taking.holds_permit;
	drs_chunk_close(pipeline->taking.chunk);
	memset(&pipeline->taking, 0, sizeof(DeliveredChunk));
	pipeline->decoded.predictions = NULL;
	pipeline->decoded.stream.model_id = NULL;
}

/* Get the next answer; false when there is none by that time. */
static bool
fetch_answer(Pipeline *pipeline, TimestampTz until)
{
	TimestampTz start;

	if (pipeline->arrived.chunk)
		return true;
	start = drs_clock();
	if (until != DRS_NO_WAIT && drs_dispatch_is_empty(pipeline->dispatch))
		drs_cutter_flush_whole(pipeline->cutter);
	if (!drs_dispatch_next(pipeline->dispatch, until, &pipeline->arrived))
		return false;
	pipeline->waited_us += drs_clock() - start;
	return true;
}

/* The answer that has arrived, for the decoder. */
static Answer
answer_of(const DeliveredChunk *delivered)
{
	Exchange   *exchange = delivered->exchange;
	Answer		answer = {.chunk = delivered->chunk};

	if (delivered->chunk->failure)
		return answer;
	answer.body = exchange->body.data;
	answer.len = exchange->body.len;
	answer.content_type = exchange->content_type;
	answer.model_id = exchange->model_id;
	answer.request_id = exchange->request_id;
	answer.status = exchange->status;
	answer.broken = &exchange->broken;
	return answer;
}

/* Decode the answer that has arrived, to take predictions from it. */
static void
decode_answer(Pipeline *pipeline)
{
	Answer		answer = answer_of(&pipeline->arrived);

	grow(pipeline);
	drs_decodedstream_decode(&pipeline->decoded, &answer);
	drs_dispatch_keep_next_body(pipeline->dispatch,
								drs_decoder_may_ask(pipeline->decoded.decoder));
	pipeline->taking = pipeline->arrived;
	memset(&pipeline->arrived, 0, sizeof(DeliveredChunk));
	drs_dispatch_attend(pipeline->dispatch, DRS_ATTEND_WORK);	/* decoding took a while */
}

/* An answer was used: allow more ahead, up to the options. */
static void
grow(Pipeline *pipeline)
{
	Sizing	   *sizing = &pipeline->sizing;
	int			concurrency = pipeline->plan.concurrency;
	int			chunks_ahead = concurrency + drs_dispatch_reserve(concurrency) + 1;
	int64		rows;

	if (sizing->max_requests < concurrency)
	{
		sizing->max_requests = Min(concurrency, sizing->max_requests * DRS_GROWTH);
		pipeline->judged_at = drs_clock();
		pipeline->waited_us = 0;
	}
	else if (pipeline->max_rows_ahead < PG_INT64_MAX)
		lift_limit(pipeline);

	/*
	 * the limit on rows ahead is shared by the chunks in flight, those
	 * waiting and the one being taken
	 */
	rows = Min((int64) sizing->max_rows * DRS_GROWTH, pipeline->max_rows_ahead / chunks_ahead);
	sizing->max_rows = (int) Max(1, Min(rows, pipeline->options->transfer.chunk_rows));
}

/*
 * Lift the limit on rows ahead when most of the time is spent waiting for the
 * network: then more requests in flight are worth the memory.  The cost comes
 * all at once: a window whose tuplestore spills to disk reads the rest of its
 * partition into it (nodeWindowAgg.c).  So the time measured is long enough
 * that a few late answers do not matter.
 */
static void
lift_limit(Pipeline *pipeline)
{
	TimestampTz now = drs_clock();
	int64		elapsed = now - pipeline->judged_at;

	if (elapsed < JUDGE_US)
		return;
	if (pipeline->waited_us > elapsed / 2)
		pipeline->max_rows_ahead = PG_INT64_MAX;
	pipeline->judged_at = now;
	pipeline->waited_us = 0;
}

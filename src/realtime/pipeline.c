/*
 * pipeline.c
 *		Wires the stages.
 *
 *		put ──► cutter (encode, chunk) ──► dispatch (transport) ──► decode ──► take
 *
 * It waits in one place, for the next answer; drs_pipeline_put() only looks
 * after the network now and then, so that uploads go on while rows are
 * encoded.
 *
 * What it holds is bounded: the chunk being filled, one waiting for its turn,
 * those in flight, and the answers of as many again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "decode/decode.h"
#include "http/exchange.h"
#include "realtime/cutter.h"
#include "realtime/dispatch.h"
#include "realtime/pipeline.h"
#include "realtime/positiveprobe.h"
#include "rows/chunk.h"

/* Look after the network each time this much was encoded: a fraction of what socket buffers hold. */
#define POLL_BYTES (64 * 1024)

/* Look after the network each time this many predictions were taken: a few milliseconds' worth. */
#define POLL_ROWS 1024

/* How fast a slow start grows, per answer: 128, 512, 2048, 8192 rows; 1, 4, 16 requests. */
#define GROWTH 4

/* How long to look at the share of waiting before the limit on rows ahead is lifted. */
#define JUDGE_US INT64CONST(1000000)

struct Pipeline
{
	MemoryContext cxt;
	const Options *options;
	Endpoint   *endpoint;
	Request    *request;
	Cutter	   *cutter;
	Dispatch   *dispatch;
	Decoder    *decoder;
	size_t		polled_at;		/* bytes filled when the network was last looked after */

	DeliveredChunk arrived;		/* not decoded yet; chunk NULL: it is to be waited for */
	DeliveredChunk taking;		/* whose predictions are being taken; chunk NULL between chunks */
	const Predictions *predictions; /* of taking */
	int			next;			/* row of predictions to take next */
	int64		nanswers;		/* decoded */
	uint64		ntaken;			/* rows whose predictions were taken */
	bool		takes_forecasts;
	int			nunreleased;	/* permits of chunks that were wholly taken and closed */

	int			concurrency;	/* in force; below the option while it starts slowly */
	int64		max_rows_ahead; /* between put and take */
	TimestampTz judged_at;		/* when the share of waiting was last looked at */
	int64		waited_us;		/* since then, spent waiting for the network */
};

static const char *ask_positive(const Chunk *chunk, bool whole, void *arg);
static void submit_chunk(Chunk *chunk, void *arg);
static bool fetch_answer(Pipeline *pipeline, TimestampTz until);
static void decode_answer(Pipeline *pipeline);
static void close_taken(Pipeline *pipeline);
static void grow(Pipeline *pipeline);
static void lift_limit(Pipeline *pipeline);

Pipeline *
drs_pipeline_open(Endpoint *endpoint, Request *request, const Columns *columns, const Shape *shape)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring pipeline",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Pipeline   *pipeline = palloc0(sizeof(Pipeline));

	pipeline->cxt = cxt;
	pipeline->options = &endpoint->options;
	pipeline->endpoint = endpoint;
	pipeline->request = request;
	pipeline->concurrency = endpoint->options.transfer.concurrency;
	pipeline->max_rows_ahead = PG_INT64_MAX;
	pipeline->judged_at = drs_clock();
	pipeline->cutter = drs_cutter_create(columns, &endpoint->options, submit_chunk, pipeline);
	pipeline->decoder = drs_decoder_create(shape, columns, request, &endpoint->options);
	drs_decoder_ask_positive(pipeline->decoder, ask_positive, pipeline);
	pipeline->dispatch = drs_dispatch_open(endpoint, request);
	drs_dispatch_keep_next_body(pipeline->dispatch, drs_decoder_may_ask(pipeline->decoder));
	MemoryContextSwitchTo(old);
	return pipeline;
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
	drs_cutter_set_bytes(pipeline->cutter, drs_dispatch_largest_body(pipeline->dispatch));
}

void
drs_pipeline_start_slowly(Pipeline *pipeline, int first_rows)
{
	drs_cutter_set_rows(pipeline->cutter, first_rows);
	pipeline->concurrency = 1;
	drs_dispatch_set_concurrency(pipeline->dispatch, 1);
}

void
drs_pipeline_number_from(Pipeline *pipeline, uint64 first)
{
	drs_cutter_number_from(pipeline->cutter, first);
}

void
drs_pipeline_isolate(Pipeline *pipeline)
{
	drs_cutter_isolate(pipeline->cutter);
	drs_dispatch_isolate(pipeline->dispatch);
	drs_decoder_isolate(pipeline->decoder);
}

void
drs_pipeline_take_forecasts(Pipeline *pipeline)
{
	pipeline->takes_forecasts = true;
	drs_decoder_take_forecasts(pipeline->decoder);
}

int
drs_pipeline_sent_rows(const Pipeline *pipeline)
{
	return pipeline->taking.chunk->nrows;
}

void
drs_pipeline_sent_row(Pipeline *pipeline, bool last, const Datum **values, const bool **isnull)
{
	drs_decoder_sent_row(pipeline->decoder, last ? pipeline->taking.chunk->nrows - 1 : 0, values, isnull);
}

void
drs_pipeline_hold(Pipeline *pipeline, PermitHolder *permit_holder)
{
	drs_dispatch_hold(pipeline->dispatch, permit_holder);
}

void
drs_pipeline_release(Pipeline *pipeline)
{
	int			permits = pipeline->nunreleased;

	if (pipeline->taking.holds_permit && !drs_pipeline_has_prediction(pipeline))
	{
		pipeline->taking.holds_permit = false;
		permits++;
	}
	pipeline->nunreleased = 0;
	drs_dispatch_release(pipeline->dispatch, permits);
}

void
drs_pipeline_limit_rows(Pipeline *pipeline, int64 rows)
{
	pipeline->max_rows_ahead = Max(rows, 1);
}

bool
drs_pipeline_has_room(const Pipeline *pipeline)
{
	if (!drs_dispatch_has_room(pipeline->dispatch))
		return false;
	/*
	 * While it starts slowly, no more chunks than may be in flight.  Those
	 * that are answered already count: rows may never be asked for.
	 */
	if (pipeline->concurrency < pipeline->options->transfer.concurrency &&
		drs_cutter_filled(pipeline->cutter) == 0 && !drs_dispatch_line_is_short(pipeline->dispatch))
		return false;
	/* with nothing on its way, more rows are what a time series needs to be sent */
	if (drs_cutter_is_within_series(pipeline->cutter) && drs_dispatch_is_empty(pipeline->dispatch) &&
		pipeline->arrived.chunk == NULL)
		return true;
	return (int64) (drs_cutter_count(pipeline->cutter) - pipeline->ntaken) < pipeline->max_rows_ahead;
}

void
drs_pipeline_put(Pipeline *pipeline, const Datum *values, const bool *isnull)
{
	size_t		filled;

	drs_cutter_put(pipeline->cutter, values, isnull);
	filled = drs_cutter_filled(pipeline->cutter);
	if (filled < pipeline->polled_at)
		pipeline->polled_at = 0;	/* another chunk */
	if (filled - pipeline->polled_at >= POLL_BYTES)
	{
		pipeline->polled_at = filled;
		drs_dispatch_poll(pipeline->dispatch);
	}
}

uint64
drs_pipeline_rows_put(const Pipeline *pipeline)
{
	return drs_cutter_count(pipeline->cutter);
}

uint64
drs_pipeline_rows_taken(const Pipeline *pipeline)
{
	return pipeline->ntaken;
}

void
drs_pipeline_finish(Pipeline *pipeline)
{
	drs_cutter_flush(pipeline->cutter);
}

static inline bool
has_prediction(const Pipeline *pipeline)
{
	return pipeline->taking.chunk && pipeline->next < pipeline->predictions->nrows;
}

bool
drs_pipeline_has_prediction(const Pipeline *pipeline)
{
	return has_prediction(pipeline);
}

int64
drs_pipeline_answers(const Pipeline *pipeline)
{
	return pipeline->nanswers;
}

bool
drs_pipeline_ready(Pipeline *pipeline, bool wait)
{
	if (has_prediction(pipeline))
		return true;
	close_taken(pipeline);
	if (!fetch_answer(pipeline, wait ? DT_NOEND : DRS_NO_WAIT))
		return false;
	decode_answer(pipeline);
	return true;
}

bool
drs_pipeline_take(Pipeline *pipeline, bool wait, const Datum **values, const bool **isnull)
{
	size_t		at;

	if (!has_prediction(pipeline) && !drs_pipeline_ready(pipeline, wait))
		return false;
	at = (size_t) pipeline->next * pipeline->predictions->ncolumns;
	*values = pipeline->predictions->values + at;
	*isnull = pipeline->predictions->isnull + at;
	pipeline->next++;
	if (!pipeline->takes_forecasts)
		pipeline->ntaken++;
	else if (!has_prediction(pipeline))
		pipeline->ntaken += pipeline->taking.chunk->nrows;
	if (pipeline->next % POLL_ROWS == 0)
		drs_dispatch_poll(pipeline->dispatch);
	return true;
}

bool
drs_pipeline_await(Pipeline *pipeline, TimestampTz until)
{
	return drs_pipeline_has_prediction(pipeline) || fetch_answer(pipeline, until);
}

bool
drs_pipeline_next_failed(const Pipeline *pipeline)
{
	return pipeline->predictions->failures && pipeline->predictions->failures[pipeline->next];
}

const RowFailure *
drs_pipeline_failure(const Pipeline *pipeline)
{
	if (pipeline->taking.chunk == NULL || pipeline->predictions->failures == NULL)
		return NULL;
	return pipeline->predictions->failures[pipeline->next - 1];
}

const char *
drs_pipeline_model_id(const Pipeline *pipeline)
{
	const Chunk *chunk = pipeline->taking.chunk;
	const Exchange *exchange = pipeline->taking.exchange;

	return chunk && chunk->failure == NULL && exchange->model_id[0] ? exchange->model_id : NULL;
}

bool
drs_pipeline_is_answered(const Pipeline *pipeline)
{
	return drs_decoder_knows_reply(pipeline->decoder);
}

bool
drs_pipeline_has_column(const Pipeline *pipeline, int column)
{
	return drs_decoder_has_column(pipeline->decoder, column);
}

int
drs_pipeline_parts(const Pipeline *pipeline)
{
	return drs_decoder_parts(pipeline->decoder);
}

bool
drs_pipeline_is_number(const Pipeline *pipeline)
{
	return drs_decoder_is_number(pipeline->decoder);
}

void
drs_pipeline_close(Pipeline *pipeline)
{
	drs_dispatch_close(pipeline->dispatch);
	MemoryContextDelete(pipeline->cxt);
}

/* Forget the chunk whose predictions were all taken. */
static void
close_taken(Pipeline *pipeline)
{
	if (pipeline->taking.chunk == NULL)
		return;
	pipeline->nunreleased += pipeline->taking.holds_permit;
	drs_chunk_close(pipeline->taking.chunk);
	memset(&pipeline->taking, 0, sizeof(DeliveredChunk));
}

/* Get the next answer; false when there is none to be had. */
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

/* What the decoder needs of what has arrived. */
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

/* Make the answer that has arrived the one to take from. */
static void
decode_answer(Pipeline *pipeline)
{
	Answer		answer = answer_of(&pipeline->arrived);

	drs_cutter_set_bytes(pipeline->cutter, drs_dispatch_largest_body(pipeline->dispatch));
	grow(pipeline);
	pipeline->predictions = drs_decode(pipeline->decoder, &answer);
	drs_dispatch_keep_next_body(pipeline->dispatch, drs_decoder_may_ask(pipeline->decoder));
	pipeline->nanswers++;
	pipeline->taking = pipeline->arrived;
	memset(&pipeline->arrived, 0, sizeof(DeliveredChunk));
	pipeline->next = 0;
	drs_dispatch_poll(pipeline->dispatch);	/* decoding took a while */
}

/* An answer was used: allow more ahead, up to the options. */
static void
grow(Pipeline *pipeline)
{
	const Options *options = pipeline->options;
	int			chunks_ahead = options->transfer.concurrency + drs_dispatch_reserve(options->transfer.concurrency) + 1;

	if (pipeline->concurrency < options->transfer.concurrency)
	{
		pipeline->concurrency = Min(options->transfer.concurrency, pipeline->concurrency * GROWTH);
		drs_dispatch_set_concurrency(pipeline->dispatch, pipeline->concurrency);
		pipeline->judged_at = drs_clock();
		pipeline->waited_us = 0;
	}
	else if (pipeline->max_rows_ahead < PG_INT64_MAX)
		lift_limit(pipeline);
	/* the chunks in flight, those waiting and the one being taken share the rows ahead */
	drs_cutter_set_rows(pipeline->cutter,
						Min((int64) drs_cutter_rows(pipeline->cutter) * GROWTH,
							pipeline->max_rows_ahead / chunks_ahead));
}

/*
 * The limit on rows ahead goes when most of the time goes into waiting for
 * the network: then more in flight is worth what holding it costs.  That is
 * much at once, and nothing more later: a window whose tuplestore leaves
 * memory reads the rest of its partition into it (nodeWindowAgg.c).  So the
 * time looked at is long enough not to be fooled by a few late answers.
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

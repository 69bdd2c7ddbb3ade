/*
 * dispatch.c
 *		Delivers chunks over a transport.
 *
 * Chunks stand in a queue in the order of their rows.  Each waits for its
 * turn, is in flight, or is answered; they become answered in any order and
 * leave in the queue's.  Up to twice the concurrency may stand in the queue,
 * so that one slow request does not stop the others; those that are answered
 * hold their reply but no body any more.
 *
 * What is tried again: connections refused or lost before a reply, and the
 * statuses 429, 502, 503, 504 and 570 (reference 1.8).  Scoring changes
 * nothing on the server but its counts, so sending again is safe; DataRobot
 * offers no key that would make it exactly once.  After a 413 the chunk is
 * halved, after a 401 the token file is read once more.  PostgreSQL licence.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "compress.h"
#include "dispatch.h"
#include "failure.h"

#define FIRST_BACKOFF_MS 100.0	/* the official client's back-off factor */
#define MAX_BACKOFF_MS 30000.0
#define MAX_RATE_PAUSE_US (3600.0 * USECS_PER_SEC)	/* a lower rate_limit than one in an hour is one */
#define WAIT_FOREVER_MS 60000L	/* how long one wait may last; then it is begun again */

struct Dispatch
{
	MemoryContext cxt;
	Endpoint   *endpoint;
	Request    *request;
	Transport  *transport;
	dlist_head	queue;			/* of Chunk.node */
	int			concurrency;	/* requests that may be in flight */
	int			nqueued;
	int			nwaiting;		/* of them, waiting for their turn */
	int			nrunning;		/* of them, in flight */
	TimestampTz throttled;		/* the server asked everybody to wait until then */
	TimestampTz next_start;		/* rate_limit: no request starts earlier */
	bool		token_reread;	/* the token file was read again after a 401: once per call */
	int			token_number;	/* of the token in force: 1 after that, when it was a new one */
	size_t		largest_body;	/* half of what the server last found too large; 0: nothing yet */
};

typedef enum Verdict
{
	VERDICT_GOOD,
	VERDICT_AGAIN,				/* send again after a while */
	VERDICT_THROTTLED,			/* the same, and hold back the others too */
	VERDICT_AT_ONCE,			/* send again without waiting */
	VERDICT_HALVE,
	VERDICT_FAILED
} Verdict;

static void start_due(Dispatch *dispatch);
static void start_chunk(Dispatch *dispatch, Chunk *chunk);
static void settle_finished(Dispatch *dispatch);
static void settle(Dispatch *dispatch, Chunk *chunk);
static Verdict judge(Dispatch *dispatch, Chunk *chunk);
static Verdict judge_last_line(Dispatch *dispatch, Chunk *chunk);
static void reread_token(Dispatch *dispatch);
static void requeue(Dispatch *dispatch, Chunk *chunk);
static void schedule_again(Dispatch *dispatch, Chunk *chunk, bool throttle_all);
static void halve(Dispatch *dispatch, Chunk *chunk);
pg_noreturn static void fail(Dispatch *dispatch, Chunk *chunk, const char *given_up);
static long time_to_next_start(const Dispatch *dispatch);

Dispatch *
drs_dispatch_open(Endpoint *endpoint, Request *request)
{
	Dispatch   *dispatch = palloc0(sizeof(Dispatch));

	dispatch->cxt = CurrentMemoryContext;
	dispatch->endpoint = endpoint;
	dispatch->request = request;
	dispatch->concurrency = endpoint->options.concurrency;
	dlist_init(&dispatch->queue);
	dispatch->transport = drs_transport_open(endpoint);
	return dispatch;
}

int
drs_dispatch_reserve(int concurrency)
{
	return Max(1, concurrency / 2);
}

bool
drs_dispatch_has_room(const Dispatch *dispatch)
{
	return dispatch->nwaiting < drs_dispatch_reserve(dispatch->concurrency) &&
		dispatch->nqueued < 2 * dispatch->concurrency;
}

bool
drs_dispatch_may_start(const Dispatch *dispatch)
{
	return dispatch->nwaiting == 0 && dispatch->nrunning < dispatch->concurrency;
}

void
drs_dispatch_set_concurrency(Dispatch *dispatch, int concurrency)
{
	dispatch->concurrency = Max(1, Min(concurrency, dispatch->endpoint->options.concurrency));
}

bool
drs_dispatch_is_empty(const Dispatch *dispatch)
{
	return dispatch->nqueued == 0;
}

size_t
drs_dispatch_largest_body(const Dispatch *dispatch)
{
	return dispatch->largest_body;
}

void
drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk)
{
	dlist_push_tail(&dispatch->queue, &chunk->node);
	dispatch->nqueued++;
	dispatch->nwaiting++;
	drs_dispatch_poll(dispatch);
}

void
drs_dispatch_poll(Dispatch *dispatch)
{
	start_due(dispatch);
	if (dispatch->nrunning == 0)
		return;
	drs_transport_wait(dispatch->transport, 0);
	settle_finished(dispatch);
	start_due(dispatch);
}

Chunk *
drs_dispatch_next(Dispatch *dispatch, bool wait)
{
	while (!dlist_is_empty(&dispatch->queue))
	{
		Chunk	   *head;

		/* first: another call that shares the connection may have finished exchanges of ours */
		settle_finished(dispatch);
		head = dlist_head_element(Chunk, node, &dispatch->queue);
		if (head->answered)
		{
			dlist_delete(&head->node);
			dispatch->nqueued--;
			start_due(dispatch);
			/* what was started goes out now, not when the caller has decoded this answer */
			if (dispatch->nrunning > 0)
				drs_transport_wait(dispatch->transport, 0);
			return head;
		}
		if (!wait)
			return NULL;
		start_due(dispatch);
		drs_transport_wait(dispatch->transport, time_to_next_start(dispatch));
	}
	return NULL;
}

/* Start what waits, in order, as far as concurrency, back-off and limits allow. */
static void
start_due(Dispatch *dispatch)
{
	TimestampTz now;
	dlist_iter	iter;

	if (dispatch->nwaiting == 0 || dispatch->nrunning >= dispatch->concurrency)
		return;
	now = GetCurrentTimestamp();
	dlist_foreach(iter, &dispatch->queue)
	{
		Chunk	   *chunk = dlist_container(Chunk, node, iter.cur);

		if (now < dispatch->throttled || now < dispatch->next_start ||
			dispatch->nrunning >= dispatch->concurrency)
			return;
		if (chunk->exchange == NULL && chunk->not_before <= now)
			start_chunk(dispatch, chunk);
	}
}

static void
start_chunk(Dispatch *dispatch, Chunk *chunk)
{
	const char *body = chunk->body;
	size_t		len = chunk->len;
	double		rate_limit = dispatch->endpoint->options.rate_limit;

	if (dispatch->endpoint->options.compression == COMPRESSION_GZIP)
	{
		if (chunk->packed == NULL)
			chunk->packed = drs_gzip(chunk->cxt, chunk->body, chunk->len, &chunk->packed_len);
		body = chunk->packed;
		len = chunk->packed_len;
	}
	chunk->exchange = drs_exchange_start(dispatch->transport, chunk->cxt, dispatch->request, body, len);
	chunk->attempts++;
	chunk->token_number = dispatch->token_number;
	dispatch->nwaiting--;
	dispatch->nrunning++;
	if (rate_limit > 0)
		dispatch->next_start = GetCurrentTimestamp() +
			(int64) Min(USECS_PER_SEC / rate_limit, MAX_RATE_PAUSE_US);
}

/* Look at every exchange that has ended since. */
static void
settle_finished(Dispatch *dispatch)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &dispatch->queue)
	{
		Chunk	   *chunk = dlist_container(Chunk, node, iter.cur);

		if (!chunk->answered && chunk->exchange && chunk->exchange->outcome != OUTCOME_RUNNING)
			settle(dispatch, chunk);
	}
}

static void
settle(Dispatch *dispatch, Chunk *chunk)
{
	dispatch->nrunning--;
	switch (judge(dispatch, chunk))
	{
		case VERDICT_GOOD:
			chunk->answered = true;
			drs_chunk_drop_body(chunk);
			break;
		case VERDICT_AGAIN:
			schedule_again(dispatch, chunk, false);
			break;
		case VERDICT_THROTTLED:
			schedule_again(dispatch, chunk, true);
			break;
		case VERDICT_AT_ONCE:
			requeue(dispatch, chunk);
			break;
		case VERDICT_HALVE:
			halve(dispatch, chunk);
			break;
		case VERDICT_FAILED:
			fail(dispatch, chunk, NULL);
	}
}

static Verdict
judge(Dispatch *dispatch, Chunk *chunk)
{
	Exchange   *exchange = chunk->exchange;

	if (exchange->outcome == OUTCOME_NO_CONNECTION || exchange->outcome == OUTCOME_LOST)
		return VERDICT_AGAIN;
	if (exchange->outcome != OUTCOME_REPLY)
		return VERDICT_FAILED;
	switch (exchange->status)
	{
		case 200:
			return judge_last_line(dispatch, chunk);
		case 429:
		case 503:
			return VERDICT_THROTTLED;
		case 502:
		case 504:
		case 570:
			return VERDICT_AGAIN;
		case 413:
			return chunk->nrows > 1 ? VERDICT_HALVE : VERDICT_FAILED;
		case 401:
			if (!dispatch->token_reread)
				reread_token(dispatch);
			/* requests that were in flight meanwhile carry the old one: they come here too */
			return chunk->token_number < dispatch->token_number ? VERDICT_AT_ONCE : VERDICT_FAILED;
		default:
			return VERDICT_FAILED;
	}
}

/*
 * A good reply is CSV text, whose last line a server may or may not end.  One
 * that does not could also have been cut off on the way, in the middle of a
 * number even, by something that made the HTTP lengths fit.  So it is asked
 * for once more.  The same bytes again are the server's habit, unless it has
 * ended a line before.
 */
static Verdict
judge_last_line(Dispatch *dispatch, Chunk *chunk)
{
	Exchange   *exchange = chunk->exchange;
	const ByteBuf *body = &exchange->body;
	LastLine	habit = drs_transport_last_line(dispatch->transport);
	uint32		hash;

	if (body->len == 0 || !drs_exchange_is_csv(exchange))
		return VERDICT_GOOD;	/* for the decoder to refuse */
	if (body->data[body->len - 1] == '\n' || body->data[body->len - 1] == '\r')
	{
		drs_transport_note_last_line(dispatch->transport, LAST_LINE_ENDED);
		return VERDICT_GOOD;
	}
	if (habit == LAST_LINE_OPEN)
		return VERDICT_GOOD;
	hash = hash_bytes((const unsigned char *) body->data, (int) body->len);
	if (chunk->seen_open && chunk->open_hash == hash && habit == LAST_LINE_UNKNOWN)
	{
		drs_transport_note_last_line(dispatch->transport, LAST_LINE_OPEN);
		return VERDICT_GOOD;
	}
	if (!chunk->seen_open && chunk->attempts < dispatch->endpoint->options.max_attempts)
	{
		chunk->seen_open = true;
		chunk->open_hash = hash;
		return VERDICT_AT_ONCE;
	}
	exchange->outcome = OUTCOME_CUT;
	strlcpy(exchange->error, "its last line has no end", sizeof(exchange->error));
	return VERDICT_FAILED;
}

static void
reread_token(Dispatch *dispatch)
{
	MemoryContext old = MemoryContextSwitchTo(dispatch->cxt);

	dispatch->token_reread = true;
	if (drs_endpoint_reload_token(dispatch->endpoint))
	{
		drs_request_renew_token(dispatch->request, dispatch->endpoint);
		dispatch->token_number++;
	}
	MemoryContextSwitchTo(old);
}

/* Exponential back-off with full jitter, so that many backends do not come back together. */
static double
backoff_ms(int attempts)
{
	double		longest = Min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * pow(2.0, attempts - 1));

	return longest * (0.5 + pg_prng_double(&pg_global_prng_state) / 2);
}

/*
 * Put a chunk back into line.  It is given up when its attempts are used, or
 * when the next one would come after its budget is over; a server's
 * Retry-After counts as it stands, however long.
 */
static void
schedule_again(Dispatch *dispatch, Chunk *chunk, bool throttle_all)
{
	const Options *options = &dispatch->endpoint->options;
	TimestampTz now = GetCurrentTimestamp();
	double		pause = backoff_ms(chunk->attempts);

	if (throttle_all && chunk->exchange->retry_after > 0)
		pause = chunk->exchange->retry_after * 1000.0;
	if (chunk->first_failure == 0)
		chunk->first_failure = now;
	if (chunk->attempts >= options->max_attempts)
		fail(dispatch, chunk, "the option \"max_attempts\" allows no more");
	if ((now - chunk->first_failure) / 1000.0 + pause > options->retry_budget)
		fail(dispatch, chunk, "the next one would come after the option \"retry_budget\"");

	chunk->not_before = now + (int64) (pause * 1000);
	if (throttle_all)
		dispatch->throttled = Max(dispatch->throttled, chunk->not_before);
	requeue(dispatch, chunk);
}

/* Put a chunk back among those that wait for their turn. */
static void
requeue(Dispatch *dispatch, Chunk *chunk)
{
	drs_exchange_end(chunk->exchange);
	chunk->exchange = NULL;
	dispatch->nwaiting++;
}

/* The server found the body too large: let two smaller ones take its place. */
static void
halve(Dispatch *dispatch, Chunk *chunk)
{
	Chunk	   *second;

	dispatch->largest_body = chunk->header_len + (chunk->len - chunk->header_len) / 2;
	drs_exchange_end(chunk->exchange);
	chunk->exchange = NULL;
	chunk->packed = NULL;		/* stays in the chunk's context until that goes */
	second = drs_chunk_split(chunk, dispatch->cxt);
	chunk->attempts = 0;
	dlist_insert_after(&chunk->node, &second->node);
	dispatch->nqueued++;
	dispatch->nwaiting += 2;
}

static void
fail(Dispatch *dispatch, Chunk *chunk, const char *given_up)
{
	FailureScope scope;

	scope.first_row = chunk->first_row;
	scope.last_row = chunk->first_row + chunk->nrows - 1;
	scope.attempts = chunk->attempts;
	scope.given_up = given_up;
	drs_failure_raise(chunk->exchange, dispatch->endpoint, dispatch->request, &scope);
}

/* Until the next waiting chunk may start, in ms; long when nothing waits or the concurrency is used. */
static long
time_to_next_start(const Dispatch *dispatch)
{
	TimestampTz due = DT_NOEND;
	dlist_iter	iter;

	if (dispatch->nwaiting == 0 || dispatch->nrunning >= dispatch->concurrency)
		return WAIT_FOREVER_MS;
	dlist_foreach(iter, &unconstify(Dispatch *, dispatch)->queue)
	{
		const Chunk *chunk = dlist_container(Chunk, node, iter.cur);

		if (chunk->exchange == NULL)
			due = Min(due, chunk->not_before);
	}
	due = Max(due, Max(dispatch->throttled, dispatch->next_start));
	return Min(WAIT_FOREVER_MS, TimestampDifferenceMilliseconds(GetCurrentTimestamp(), due));
}

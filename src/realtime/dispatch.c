/*
 * dispatch.c
 *		Delivers chunks over a transport.
 *
 * Chunks stand in a queue in the order of their rows.  Each waits for its
 * turn, is in flight, or is answered; they become answered in any order and
 * leave in the queue's.  Up to twice the concurrency may stand in the queue,
 * so that one slow request does not stop the others; those that are answered
 * hold their reply but no body any more, unless rows may fail by themselves.
 *
 * retry.c says what is tried again, and when.  After a 413 the chunk is halved,
 * after a 401 the token file is read once more.
 *
 * Where rows may fail by themselves, a status that is theirs (400, 422, 480)
 * starts a search (isolate.h): fewer and fewer of the first rows are sent, and
 * whatever is settled is cut off as a part, which comes before the rest.  The
 * other chunks go on meanwhile.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/compat.h"
#include "decode/csvreader.h"
#include "http/compress.h"
#include "http/failure.h"
#include "http/retry.h"
#include "realtime/dispatch.h"

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
	int			nqueued;		/* parts not counted */
	int			nwaiting;		/* of them, waiting for their turn */
	int			nrunning;		/* of them, in flight */
	TimestampTz throttled;		/* the server asked everybody to wait until then */
	TimestampTz next_start;		/* rate_limit: no request starts earlier */
	bool		token_reread;	/* the token file was read again after a 401: once per call */
	int			token_number;	/* of the token in force: 1 after that, when it was a new one */
	size_t		largest_body;	/* half of what the server last found too large; 0: nothing yet */
	bool		isolates;		/* rows may fail by themselves */
	bool		keeps_next_body;
	bool		seen_good;		/* some request was answered with predictions */
	PermitHolder    *permit_holder;		/* NULL: no permits are needed */
	int			npermits;		/* of it, held for chunks of ours */
};

typedef enum Verdict
{
	VERDICT_GOOD,
	VERDICT_AGAIN,				/* send again after a while */
	VERDICT_AT_ONCE,			/* send again without waiting */
	VERDICT_HALVE,
	VERDICT_REFUSED,			/* a row of it was, and rows may fail by themselves */
	VERDICT_FAILED
} Verdict;

static void start_due(Dispatch *dispatch);
static bool take_permit(Dispatch *dispatch, Chunk *chunk);
static bool is_waiting(const Dispatch *dispatch, const Chunk *chunk);
static bool may_be_sent(Dispatch *dispatch, Chunk *chunk);
static void accept(Dispatch *dispatch, Chunk *chunk);
static void refuse(Dispatch *dispatch, Chunk *chunk);
static Chunk *cut_part(Dispatch *dispatch, Chunk *chunk, int rows);
static void start_chunk(Dispatch *dispatch, Chunk *chunk);
static void settle_finished(Dispatch *dispatch);
static void settle(Dispatch *dispatch, Chunk *chunk);
static Verdict judge(Dispatch *dispatch, Chunk *chunk);
static Verdict judge_last_line(Dispatch *dispatch, Chunk *chunk);
static void reread_token(Dispatch *dispatch);
static void requeue(Dispatch *dispatch, Chunk *chunk);
static void schedule_again(Dispatch *dispatch, Chunk *chunk);
static void halve(Dispatch *dispatch, Chunk *chunk);
pg_noreturn static void fail(Dispatch *dispatch, Chunk *chunk, const char *given_up);
static long time_to_next_start(Dispatch *dispatch);

Dispatch *
drs_dispatch_open(Endpoint *endpoint, Request *request)
{
	Dispatch   *dispatch = palloc0(sizeof(Dispatch));

	dispatch->cxt = CurrentMemoryContext;
	dispatch->endpoint = endpoint;
	dispatch->request = request;
	dispatch->concurrency = endpoint->options.transfer.concurrency;
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
drs_dispatch_line_is_short(const Dispatch *dispatch)
{
	return dispatch->nqueued < dispatch->concurrency;
}

void
drs_dispatch_set_concurrency(Dispatch *dispatch, int concurrency)
{
	dispatch->concurrency = Max(1, Min(concurrency, dispatch->endpoint->options.transfer.concurrency));
}

void
drs_dispatch_isolate(Dispatch *dispatch)
{
	dispatch->isolates = true;
}

void
drs_dispatch_keep_next_body(Dispatch *dispatch, bool keep)
{
	dispatch->keeps_next_body = keep;
}

void
drs_dispatch_hold(Dispatch *dispatch, PermitHolder *permit_holder)
{
	dispatch->permit_holder = permit_holder;
}

void
drs_dispatch_release(Dispatch *dispatch, int permits)
{
	if (permits == 0)
		return;
	dispatch->npermits -= permits;
	drs_permits_give(dispatch->permit_holder, permits);
	drs_dispatch_poll(dispatch);
}

void
drs_dispatch_close(Dispatch *dispatch)
{
	if (dispatch->permit_holder)
		drs_permits_give(dispatch->permit_holder, dispatch->npermits);
	dispatch->npermits = 0;
}

bool
drs_dispatch_is_empty(const Dispatch *dispatch)
{
	return dlist_is_empty(&unconstify(Dispatch *, dispatch)->queue);
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
	chunk->answered = chunk->failure != NULL;	/* it is not to be sent */
	if (!chunk->answered)
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
drs_dispatch_next(Dispatch *dispatch, TimestampTz until)
{
	while (!dlist_is_empty(&dispatch->queue))
	{
		Chunk	   *head;
		long		left;

		/* first: another call that shares the connection may have finished exchanges of ours */
		settle_finished(dispatch);
		head = dlist_head_element(Chunk, node, &dispatch->queue);
		if (head->answered)
		{
			dlist_delete(&head->node);
			if (!head->part)
				dispatch->nqueued--;
			start_due(dispatch);
			/* what was started goes out now, not when the caller has decoded this answer */
			if (dispatch->nrunning > 0)
				drs_transport_wait(dispatch->transport, 0);
			return head;
		}
		left = until == DRS_NO_WAIT ? 0 : TimestampDifferenceMilliseconds(drs_clock(), until);
		if (left <= 0)
			return NULL;
		start_due(dispatch);
		if (dispatch->npermits > 0 && !may_be_sent(dispatch, head))
			return NULL;		/* chunks before it have them all: the queue is in order */
		drs_transport_wait(dispatch->transport, Min(left, time_to_next_start(dispatch)));
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
	now = drs_clock();
	dlist_foreach(iter, &dispatch->queue)
	{
		Chunk	   *chunk = dlist_container(Chunk, node, iter.cur);

		if (now < dispatch->throttled || now < dispatch->next_start ||
			dispatch->nrunning >= dispatch->concurrency)
			return;
		if (!is_waiting(dispatch, chunk) || chunk->not_before > now)
			continue;
		if (!take_permit(dispatch, chunk))
			return;
		start_chunk(dispatch, chunk);
	}
}

/* Is it the one that will be taken first? */
static bool
is_next(const Dispatch *dispatch, const Chunk *chunk)
{
	return &chunk->node == unconstify(Dispatch *, dispatch)->queue.head.next;
}

/*
 * Is it this chunk's turn to be sent, as far as others are concerned?  Until
 * something was answered with predictions, only the first in order is
 * searched: where every row is refused, searching many would multiply that.
 */
static bool
is_waiting(const Dispatch *dispatch, const Chunk *chunk)
{
	if (chunk->exchange || chunk->answered)
		return false;
	return dispatch->seen_good || chunk->isolation.suspects == 0 ||
		is_next(dispatch, chunk);
}

static bool
take_permit(Dispatch *dispatch, Chunk *chunk)
{
	if (dispatch->permit_holder == NULL || chunk->permitted)
		return true;
	if (!drs_permits_take(dispatch->permit_holder))
		return false;
	chunk->permitted = chunk->holds_permit = true;
	dispatch->npermits++;
	return true;
}

/* Does the chunk have a permit, or could it have one?  If not, the latch is set when it can. */
static bool
may_be_sent(Dispatch *dispatch, Chunk *chunk)
{
	return dispatch->permit_holder == NULL || chunk->permitted || drs_permits_await(dispatch->permit_holder);
}

static void
start_chunk(Dispatch *dispatch, Chunk *chunk)
{
	const char *body = chunk->body;
	size_t		len;
	double		rate_limit = dispatch->endpoint->options.server.rate_limit;

	chunk->nsent = drs_isolation_next(&chunk->isolation, chunk->nrows);
	len = drs_chunk_seal(chunk, chunk->nsent);
	if (dispatch->endpoint->options.transfer.compression == COMPRESSION_GZIP)
	{
		if (chunk->packed == NULL)
			chunk->packed = drs_gzip(chunk->cxt, chunk->body, len, &chunk->packed_len);
		body = chunk->packed;
		len = chunk->packed_len;
	}
	chunk->exchange = drs_exchange_start(dispatch->transport, chunk->cxt, dispatch->request, body, len);
	chunk->sendings.attempts++;
	chunk->token_number = dispatch->token_number;
	dispatch->nwaiting--;
	dispatch->nrunning++;
	if (rate_limit > 0)
		dispatch->next_start = drs_clock() +
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
	drs_chunk_unseal(chunk, chunk->nsent);
	switch (judge(dispatch, chunk))
	{
		case VERDICT_GOOD:
			accept(dispatch, chunk);
			break;
		case VERDICT_AGAIN:
			schedule_again(dispatch, chunk);
			break;
		case VERDICT_AT_ONCE:
			requeue(dispatch, chunk);
			break;
		case VERDICT_HALVE:
			halve(dispatch, chunk);
			break;
		case VERDICT_REFUSED:
			refuse(dispatch, chunk);
			break;
		case VERDICT_FAILED:
			fail(dispatch, chunk, NULL);
	}
}

static Verdict
judge(Dispatch *dispatch, Chunk *chunk)
{
	Exchange   *exchange = chunk->exchange;

	if (drs_retry_wants_smaller(&chunk->sendings, exchange) && drs_chunk_middle(chunk, chunk->nsent) > 0)
		return VERDICT_HALVE;
	if (exchange->outcome == OUTCOME_REPLY && drs_failure_blames_rows(exchange, dispatch->endpoint))
		return dispatch->isolates ? VERDICT_REFUSED : VERDICT_FAILED;
	if (drs_retry_helps(exchange))
		return VERDICT_AGAIN;
	if (exchange->outcome != OUTCOME_REPLY)
		return VERDICT_FAILED;
	switch (exchange->status)
	{
		case 200:
			return judge_last_line(dispatch, chunk);
		case 413:
			if (drs_chunk_middle(chunk, chunk->nsent) > 0)
				return VERDICT_HALVE;
			return dispatch->isolates ? VERDICT_REFUSED : VERDICT_FAILED;
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

	if (dispatch->request->opaque || body->len == 0 || !drs_exchange_is_csv(exchange))
		return VERDICT_GOOD;	/* for the decoder to refuse */
	if (drs_csv_is_ended(body->data, body->len))
	{
		drs_transport_note_last_line(dispatch->transport, LAST_LINE_ENDED);
		return VERDICT_GOOD;
	}
	if (habit == LAST_LINE_OPEN)
		return VERDICT_GOOD;
	exchange->broken = true;	/* as long as that is not its habit: not to be asked again there */
	hash = hash_bytes((const unsigned char *) body->data, (int) body->len);
	if (chunk->seen_open && chunk->open_hash == hash && habit == LAST_LINE_UNKNOWN)
	{
		drs_transport_note_last_line(dispatch->transport, LAST_LINE_OPEN);
		return VERDICT_GOOD;
	}
	if (!chunk->seen_open && chunk->sendings.attempts < dispatch->endpoint->options.transfer.max_attempts)
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

/* Put a chunk back into line, to be sent again after a while, or give it up. */
static void
schedule_again(Dispatch *dispatch, Chunk *chunk)
{
	const char *given_up;
	double		pause = drs_retry_pause(&chunk->sendings, chunk->exchange, &dispatch->endpoint->options, &given_up);

	if (pause < 0)
		fail(dispatch, chunk, given_up);
	chunk->not_before = drs_clock() + (int64) (pause * 1000);
	if (drs_retry_is_for_all(chunk->exchange))
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

/* The rows sent are answered: they leave the queue as a chunk, and the rest goes on by itself. */
static void
accept(Dispatch *dispatch, Chunk *chunk)
{
	Chunk	   *part;

	dispatch->seen_good = true;
	drs_isolation_answered(&chunk->isolation, chunk->nsent);
	if (chunk->nsent == chunk->nrows)
		part = chunk;
	else
	{
		part = cut_part(dispatch, chunk, chunk->nsent);
		part->exchange = chunk->exchange;
		MemoryContextSetParent(part->exchange->cxt, part->cxt);
		chunk->exchange = NULL;
		drs_chunk_renew(chunk);
		dispatch->nwaiting++;
	}
	part->answered = true;
	if (!dispatch->isolates && !(dispatch->keeps_next_body && is_next(dispatch, part)))
		drs_chunk_drop_body(part);
}

/* A row of those sent is refused: look for it, or when it was alone, note its failure. */
static void
refuse(Dispatch *dispatch, Chunk *chunk)
{
	Chunk	   *part = chunk;
	MemoryContext old;

	if (drs_isolation_refused(&chunk->isolation, chunk->nsent, chunk->nrows - chunk->nsent))
	{
		if (chunk->nrows > 1)
			part = cut_part(dispatch, chunk, 1);
		old = MemoryContextSwitchTo(part->cxt);
		part->failure = drs_failure_of_row(chunk->exchange, dispatch->endpoint);
		part->failure->record = drs_chunk_record(part, 0, &part->failure->record_len);
		MemoryContextSwitchTo(old);
		part->answered = true;
	}
	drs_exchange_end(chunk->exchange);
	chunk->exchange = NULL;
	drs_chunk_renew(chunk);
	if (!chunk->answered)
		dispatch->nwaiting++;
}

/* Cut the first rows off; they come before the rest, and the chunk counts for both. */
static Chunk *
cut_part(Dispatch *dispatch, Chunk *chunk, int rows)
{
	Chunk	   *part = drs_chunk_cut(chunk, rows, dispatch->cxt);

	part->part = true;
	part->permitted = chunk->permitted;
	dlist_insert_before(&chunk->node, &part->node);
	return part;
}

/*
 * The server found the body too large: let two smaller ones take its place.
 * Where that is only a guess, the time until they are given up goes on.
 */
static void
halve(Dispatch *dispatch, Chunk *chunk)
{
	size_t		len = drs_chunk_length(chunk, chunk->nsent);
	TimestampTz first_failure = chunk->sendings.first_failure;
	Chunk	   *part;

	dispatch->largest_body = chunk->header_len + (len - chunk->header_len) / 2;
	drs_exchange_end(chunk->exchange);
	chunk->exchange = NULL;
	part = cut_part(dispatch, chunk, drs_chunk_middle(chunk, chunk->nsent));
	memset(&chunk->isolation, 0, sizeof(Isolation));
	drs_chunk_renew(chunk);
	part->sendings.first_failure = chunk->sendings.first_failure = first_failure;
	dispatch->nwaiting += 2;
}

static void
fail(Dispatch *dispatch, Chunk *chunk, const char *given_up)
{
	FailureScope scope;

	scope.first_row = chunk->first_row;
	scope.last_row = chunk->first_row + chunk->nsent - 1;
	scope.attempts = chunk->sendings.attempts;
	scope.given_up = given_up;
	drs_failure_raise(chunk->exchange, dispatch->endpoint, dispatch->request, &scope);
}

/* Until the next waiting chunk may start, in ms; long when nothing waits or the concurrency is used. */
static long
time_to_next_start(Dispatch *dispatch)
{
	TimestampTz due = DT_NOEND;
	dlist_iter	iter;

	if (dispatch->nwaiting == 0 || dispatch->nrunning >= dispatch->concurrency)
		return WAIT_FOREVER_MS;
	dlist_foreach(iter, &dispatch->queue)
	{
		Chunk	   *chunk = dlist_container(Chunk, node, iter.cur);

		if (!is_waiting(dispatch, chunk))
			continue;
		if (!may_be_sent(dispatch, chunk))
			break;				/* nor may those behind it */
		due = Min(due, chunk->not_before);
	}
	due = Max(due, Max(dispatch->throttled, dispatch->next_start));
	return Min(WAIT_FOREVER_MS, TimestampDifferenceMilliseconds(drs_clock(), due));
}

/*
 * dispatch.c
 *		Delivers chunks over a transport.
 *
 * Chunks are in a queue, in the order of their rows.  Each waits for its
 * turn, is in flight, or is answered; they are answered in any order, but
 * leave in the order of the queue.  The queue has up to twice the
 * concurrency, so that one slow request does not stop the others.  Answered
 * chunks keep their answer but not their body, unless rows may fail by
 * themselves.
 *
 * A chunk that cannot be delivered ends the call, but not before the answered
 * chunks ahead of it have left: these have been paid for.
 *
 * retry.c decides what is tried again, and when.  After a 413 the chunk is
 * halved; after a 401 the token file is read again.
 *
 * Where rows may fail by themselves, a status that is theirs (400, 422, 480)
 * starts a search (isolate.h): fewer and fewer of the first rows are sent,
 * and rows that are settled are cut off as a part, which comes before the
 * rest.  The other chunks continue meanwhile.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/compat.h"
#include "decode/lastline.h"
#include "http/compress.h"
#include "http/failure.h"
#include "http/retry.h"
#include "realtime/dispatch.h"
#include "realtime/isolate.h"

/* A chunk in the queue.  Allocated in the chunk's memory context. */
typedef struct Delivery
{
	dlist_node	node;			/* in the queue, in order of rows */
	Chunk	   *chunk;
	int			nsent;			/* number of first rows in the latest sending */
	int			ncounted;		/* and in any, as rows that were sent */
	Isolation	isolation;		/* decides how many are sent next */
	RetryState	retry;			/* their attempts and failures so far */
	TimestampTz not_before;		/* back-off: do not send before */
	uint64		seen;			/* drs_lastline_check()'s note about its answers */
	char	   *packed;			/* body after compression; NULL while not compressed */
	size_t		packed_len;
	bool		answered;		/* its exchange has a good answer, or the chunk has a failure */
	bool		failed;			/* it cannot be delivered: its exchange says why */
	/* then: why it was not tried again; NULL: trying again cannot help */
	const char *given_up;
	bool		part;			/* cut off from the delivery after it, which counts for both */
	bool		permitted;		/* it, or the one it was cut off from, has taken a permit */
	bool		holds_permit;	/* the permit is to be given back with this chunk */
	Exchange   *exchange;		/* the latest sending; NULL while waiting to be sent */
} Delivery;

struct Dispatch
{
	MemoryContext cxt;
	Endpoint   *endpoint;
	Request    *request;
	const PipelinePlan *plan;
	Sizing	   *sizing;
	RetryRules	rules;
	Transport  *transport;
	dlist_head	queue;			/* of Delivery.node */
	int			nqueued;		/* not counting parts */
	int			nwaiting;		/* of the queue, waiting for their turn */
	int			nrunning;		/* of the queue, in flight */
	TimestampTz throttled;		/* the server asked for no request before that */
	TimestampTz next_start;		/* rate_limit: no request starts before that */
	bool		token_reread;	/* the token file was read again after a 401: once per call */
	bool		keeps_next_body;
	bool		seen_good;		/* a request was answered with predictions */
	bool		has_failed;		/* some delivery has failed */
	int			npermits;		/* of the plan's holder, taken for our chunks */
	size_t		work;			/* done since the network was last attended to */
};

typedef enum Verdict
{
	VERDICT_GOOD,
	VERDICT_AGAIN,				/* send again after a while */
	VERDICT_AT_ONCE,			/* send again without waiting */
	VERDICT_HALVE,
	VERDICT_REFUSED,			/* the server refused a row, and rows may fail by themselves */
	VERDICT_FAILED
} Verdict;

static void start_due(Dispatch *dispatch);
static bool take_permit(Dispatch *dispatch, Delivery *delivery);
static bool is_waiting(const Dispatch *dispatch, const Delivery *delivery);
static bool may_be_sent(Dispatch *dispatch, Delivery *delivery);
static void accept(Dispatch *dispatch, Delivery *delivery);
static void refuse(Dispatch *dispatch, Delivery *delivery);
static Delivery *cut_part(Dispatch *dispatch, Delivery *delivery, int rows);
static void start_chunk(Dispatch *dispatch, Delivery *delivery);
static void settle_finished(Dispatch *dispatch);
static bool has_news(Dispatch *dispatch);
static void settle(Dispatch *dispatch, Delivery *delivery);
static Verdict judge(Dispatch *dispatch, Delivery *delivery, RetryDecision *decision);
static Verdict judge_good(Dispatch *dispatch, Delivery *delivery);
static void requeue(Dispatch *dispatch, Delivery *delivery);
static void schedule_again(Dispatch *dispatch, Delivery *delivery, const RetryDecision *decision);
static void halve(Dispatch *dispatch, Delivery *delivery);
static void give_up(Dispatch *dispatch, Delivery *delivery, const char *why);
static void raise_failure(Dispatch *dispatch);
static long time_to_next_start(Dispatch *dispatch);

Dispatch *
drs_dispatch_open(Endpoint *endpoint, Request *request, const PipelinePlan *plan, Sizing *sizing)
{
	Dispatch   *dispatch = palloc0(sizeof(Dispatch));

	dispatch->cxt = CurrentMemoryContext;
	dispatch->endpoint = endpoint;
	dispatch->request = request;
	dispatch->plan = plan;
	dispatch->sizing = sizing;
	dispatch->rules = drs_retry_rules(endpoint, request);
	dlist_init(&dispatch->queue);
	dispatch->transport = drs_transport_open(drs_serveraccess(endpoint));
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
	return !dispatch->has_failed &&
		dispatch->nwaiting < drs_dispatch_reserve(dispatch->sizing->max_requests) &&
		dispatch->nqueued < 2 * dispatch->sizing->max_requests;
}

bool
drs_dispatch_line_is_short(const Dispatch *dispatch)
{
	return dispatch->nqueued < dispatch->sizing->max_requests;
}

void
drs_dispatch_keep_next_body(Dispatch *dispatch, bool keep)
{
	dispatch->keeps_next_body = keep;
}

/* Do all I/O that is possible without waiting. */
static void
move(Dispatch *dispatch)
{
	dispatch->work = 0;
	start_due(dispatch);
	if (dispatch->nrunning == 0)
		return;
	drs_transport_wait(dispatch->transport, 0);
	settle_finished(dispatch);
	start_due(dispatch);
}

void
drs_dispatch_attend(Dispatch *dispatch, size_t work)
{
	dispatch->work += work;
	if (dispatch->work >= DRS_ATTEND_WORK)
		move(dispatch);
}

void
drs_dispatch_release(Dispatch *dispatch, int permits)
{
	if (permits == 0)
		return;
	dispatch->npermits -= permits;
	drs_permits_give(dispatch->plan->permit_holder, permits);
	move(dispatch);
}

void
drs_dispatch_close(Dispatch *dispatch)
{
	if (dispatch->plan->permit_holder)
		drs_permits_give(dispatch->plan->permit_holder, dispatch->npermits);
	dispatch->npermits = 0;
}

bool
drs_dispatch_is_empty(const Dispatch *dispatch)
{
	return dlist_is_empty(&unconstify(Dispatch *, dispatch)->queue);
}

static Delivery *
make_delivery(Chunk *chunk)
{
	Delivery   *delivery = MemoryContextAllocZero(chunk->cxt, sizeof(Delivery));

	delivery->chunk = chunk;
	return delivery;
}

void
drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk)
{
	Delivery   *delivery = make_delivery(chunk);

	dlist_push_tail(&dispatch->queue, &delivery->node);
	dispatch->nqueued++;
	delivery->answered = chunk->failure != NULL;	/* it is not to be sent */
	if (!delivery->answered)
		dispatch->nwaiting++;
	move(dispatch);
}

/* Remove the first in order, which is answered. */
static DeliveredChunk
hand_over(Dispatch *dispatch, Delivery *head)
{
	dlist_delete(&head->node);
	if (!head->part)
		dispatch->nqueued--;
	start_due(dispatch);
	/* send what was started now, not after the caller has decoded this answer */
	if (dispatch->nrunning > 0)
		drs_transport_wait(dispatch->transport, 0);
	return (DeliveredChunk) {head->chunk, head->exchange, head->holds_permit};
}

bool
drs_dispatch_next(Dispatch *dispatch, TimestampTz until, DeliveredChunk *delivered)
{
	while (!dlist_is_empty(&dispatch->queue))
	{
		Delivery   *head;
		long		left;

		/* first: another call that shares the transport may have finished exchanges of ours */
		settle_finished(dispatch);
		head = dlist_head_element(Delivery, node, &dispatch->queue);
		if (head->answered)
		{
			*delivered = hand_over(dispatch, head);
			return true;
		}
		if (dispatch->has_failed)
			raise_failure(dispatch);
		left = until == DRS_NO_WAIT ? 0 : TimestampDifferenceMilliseconds(drs_clock(), until);
		if (left <= 0)
			return false;
		start_due(dispatch);
		if (dispatch->npermits > 0 && !may_be_sent(dispatch, head))
			return false;		/* chunks before it have taken them all: the queue is in order */
		drs_transport_wait(dispatch->transport, Min(left, time_to_next_start(dispatch)));
	}
	return false;
}

bool
drs_dispatch_poll(Dispatch *dispatch, DeliveredChunk *delivered)
{
	move(dispatch);
	return drs_dispatch_next(dispatch, DRS_NO_WAIT, delivered);
}

int
drs_dispatch_poll_fd(Dispatch *dispatch, TimestampTz latest)
{
	if (has_news(dispatch))
		latest = DRS_NO_WAIT;
	else if (dispatch->nwaiting > 0)
		latest = Min(latest, drs_clock() + time_to_next_start(dispatch) * INT64CONST(1000));
	return drs_transport_poll_fd(dispatch->transport, latest);
}

Exchange *
drs_dispatch_alone(Endpoint *endpoint, Request *request, Chunk *chunk)
{
	PipelinePlan *plan = palloc(sizeof(PipelinePlan));
	Sizing	   *sizing = palloc(sizeof(Sizing));
	DeliveredChunk delivered = {0};
	Dispatch   *dispatch;

	*plan = drs_pipeline_plan(&endpoint->options);
	*sizing = drs_sizing_first(plan, &endpoint->options);
	dispatch = drs_dispatch_open(endpoint, request, plan, sizing);
	drs_dispatch_submit(dispatch, chunk);
	(void) drs_dispatch_next(dispatch, DT_NOEND, &delivered);
	return delivered.exchange;
}

/* Start waiting chunks, in order, as far as concurrency, back-off and limits allow. */
static void
start_due(Dispatch *dispatch)
{
	TimestampTz now;
	dlist_iter	iter;

	if (dispatch->nwaiting == 0 || dispatch->nrunning >= dispatch->sizing->max_requests)
		return;
	now = drs_clock();
	dlist_foreach(iter, &dispatch->queue)
	{
		Delivery   *delivery = dlist_container(Delivery, node, iter.cur);

		if (now < dispatch->throttled || now < dispatch->next_start ||
			dispatch->nrunning >= dispatch->sizing->max_requests || delivery->failed)
			return;
		if (!is_waiting(dispatch, delivery) || delivery->not_before > now)
			continue;
		if (!take_permit(dispatch, delivery))
			return;
		start_chunk(dispatch, delivery);
	}
}

/* Is it the first in the queue? */
static bool
is_next(const Dispatch *dispatch, const Delivery *delivery)
{
	return &delivery->node == unconstify(Dispatch *, dispatch)->queue.head.next;
}

/*
 * Is this chunk waiting to be sent?  Until a request was answered with
 * predictions, only the first in order is searched for refused rows: if all
 * rows are refused, searching many chunks would multiply the requests.
 */
static bool
is_waiting(const Dispatch *dispatch, const Delivery *delivery)
{
	if (delivery->exchange || delivery->answered)
		return false;
	return dispatch->seen_good || delivery->isolation.suspects == 0 ||
		is_next(dispatch, delivery);
}

static bool
take_permit(Dispatch *dispatch, Delivery *delivery)
{
	if (dispatch->plan->permit_holder == NULL || delivery->permitted)
		return true;
	if (!drs_permits_take(dispatch->plan->permit_holder))
		return false;
	delivery->permitted = delivery->holds_permit = true;
	dispatch->npermits++;
	return true;
}

/* Does the chunk have a permit, or could it take one?  If not, the latch is set when it can. */
static bool
may_be_sent(Dispatch *dispatch, Delivery *delivery)
{
	return dispatch->plan->permit_holder == NULL || delivery->permitted ||
		drs_permits_await(dispatch->plan->permit_holder);
}

/* The body that is to be sent, compressed if the option says so; its length in *len. */
static const char *
sealed_body(Dispatch *dispatch, Delivery *delivery, size_t *len)
{
	Chunk	   *chunk = delivery->chunk;

	*len = drs_chunk_seal(chunk, delivery->nsent);
	if (dispatch->endpoint->options.transfer.compression != COMPRESSION_GZIP)
		return chunk->body;
	if (delivery->packed == NULL)
		delivery->packed = drs_gzip(chunk->cxt, chunk->body, *len, &delivery->packed_len);
	*len = delivery->packed_len;
	return delivery->packed;
}

/* The rows are about to be sent: count those that never were, and a sending after the first. */
static void
count_sending(CallCounters *counters, Delivery *delivery)
{
	if (delivery->retry.attempts++ > 0)
		counters->retries++;
	counters->rows_sent += Max(0, delivery->nsent - delivery->ncounted);
	delivery->ncounted = Max(delivery->ncounted, delivery->nsent);
}

static void
start_chunk(Dispatch *dispatch, Delivery *delivery)
{
	double		rate_limit = dispatch->plan->rate_limit;
	const char *body;
	size_t		len;
	Request		request;

	delivery->nsent = drs_isolation_next(&delivery->isolation, delivery->chunk->nrows);
	body = sealed_body(dispatch, delivery, &len);
	drs_request_refresh_token(dispatch->request, dispatch->endpoint);
	request = drs_request_with_body(dispatch->request, body, len);
	delivery->exchange = drs_exchange_start(dispatch->transport, delivery->chunk->cxt, &request);
	count_sending(dispatch->endpoint->counters, delivery);
	dispatch->nwaiting--;
	dispatch->nrunning++;
	if (rate_limit > 0)
		dispatch->next_start = drs_clock() + drs_rate_pause_us(rate_limit);
}

/* Has its exchange ended without having been settled? */
static bool
has_ended(const Delivery *delivery)
{
	return !delivery->answered && !delivery->failed && delivery->exchange &&
		delivery->exchange->outcome != OUTCOME_RUNNING;
}

/* Settle every exchange that has ended. */
static void
settle_finished(Dispatch *dispatch)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &dispatch->queue)
	{
		Delivery   *delivery = dlist_container(Delivery, node, iter.cur);

		if (has_ended(delivery))
			settle(dispatch, delivery);
	}
}

/* Is there something that drs_dispatch_next() would do without waiting? */
static bool
has_news(Dispatch *dispatch)
{
	dlist_iter	iter;

	dlist_foreach(iter, &dispatch->queue)
	{
		const Delivery *delivery = dlist_container(Delivery, node, iter.cur);

		if (has_ended(delivery) || (delivery->answered && is_next(dispatch, delivery)))
			return true;
	}
	return false;
}

static void
settle(Dispatch *dispatch, Delivery *delivery)
{
	RetryDecision decision = {0};

	dispatch->nrunning--;
	drs_chunk_unseal(delivery->chunk, delivery->nsent);
	switch (judge(dispatch, delivery, &decision))
	{
		case VERDICT_GOOD:
			accept(dispatch, delivery);
			break;
		case VERDICT_AGAIN:
			schedule_again(dispatch, delivery, &decision);
			break;
		case VERDICT_AT_ONCE:
			requeue(dispatch, delivery);
			break;
		case VERDICT_HALVE:
			halve(dispatch, delivery);
			break;
		case VERDICT_REFUSED:
			refuse(dispatch, delivery);
			break;
		case VERDICT_FAILED:
			give_up(dispatch, delivery, decision.given_up);
			break;
	}
}

static Verdict
judge(Dispatch *dispatch, Delivery *delivery, RetryDecision *decision)
{
	Exchange   *exchange = delivery->exchange;
	RetryRules	rules = dispatch->rules;

	if (drs_exchange_is_good(exchange))
		return judge_good(dispatch, delivery);
	if (exchange->outcome == OUTCOME_REPLY &&
		drs_failure_blames_rows(exchange, dispatch->endpoint))
		return dispatch->plan->isolates ? VERDICT_REFUSED : VERDICT_FAILED;
	rules.divisible = drs_chunk_middle(delivery->chunk, delivery->nsent) > 0;
	*decision = drs_retry_exchange(&delivery->retry, exchange, &rules, dispatch->endpoint,
								   &dispatch->token_reread);
	switch (decision->action)
	{
		case RETRY_LATER:
			return VERDICT_AGAIN;
		case RETRY_AT_ONCE:
			return VERDICT_AT_ONCE;
		case RETRY_SMALLER:
			return VERDICT_HALVE;
		default:
			break;
	}
	/* a single row, or time series, that is too large */
	if (dispatch->plan->isolates && exchange->outcome == OUTCOME_REPLY && exchange->status == 413)
		return VERDICT_REFUSED;
	return VERDICT_FAILED;
}

/* A good answer may still have been cut off. */
static Verdict
judge_good(Dispatch *dispatch, Delivery *delivery)
{
	Exchange   *exchange = delivery->exchange;
	const char *why = NULL;
	AnswerCheck check;

	if (dispatch->request->opaque)
		return VERDICT_GOOD;
	check = drs_lastline_check(exchange->body.data, exchange->body.len, exchange->content_type,
							   &delivery->seen, drs_transport_note(dispatch->transport), &why);
	if (check == ANSWER_WHOLE)
		return VERDICT_GOOD;
	drs_exchange_distrust(exchange);
	if (check == ANSWER_DOUBTFUL && delivery->retry.attempts < dispatch->rules.max_attempts)
		return VERDICT_AT_ONCE;
	drs_exchange_refuse(exchange, why);
	return VERDICT_FAILED;
}

/* Let a chunk be sent again after a pause. */
static void
schedule_again(Dispatch *dispatch, Delivery *delivery, const RetryDecision *decision)
{
	delivery->not_before = drs_clock() + (int64) (decision->pause * 1000);
	if (decision->for_all)
		dispatch->throttled = Max(dispatch->throttled, delivery->not_before);
	requeue(dispatch, delivery);
}

/* Let a chunk wait for its turn again. */
static void
requeue(Dispatch *dispatch, Delivery *delivery)
{
	drs_exchange_end(delivery->exchange);
	delivery->exchange = NULL;
	dispatch->nwaiting++;
}

static void
forget_packed(Delivery *delivery)
{
	if (delivery->packed)
		pfree(delivery->packed);
	delivery->packed = NULL;
}

/* The rows will not be sent again as the same body: forget what is known of that. */
static void
renew(Delivery *delivery)
{
	forget_packed(delivery);
	memset(&delivery->retry, 0, sizeof(RetryState));
	delivery->not_before = 0;
	delivery->seen = 0;
}

/*
 * The rows that were sent are answered: cut them off as a chunk of their own;
 * the rest continues.
 */
static void
accept(Dispatch *dispatch, Delivery *delivery)
{
	Delivery   *part;

	dispatch->seen_good = true;
	drs_isolation_answered(&delivery->isolation, delivery->nsent);
	if (delivery->nsent == delivery->chunk->nrows)
		part = delivery;
	else
	{
		part = cut_part(dispatch, delivery, delivery->nsent);
		part->exchange = delivery->exchange;
		MemoryContextSetParent(part->exchange->cxt, part->chunk->cxt);
		delivery->exchange = NULL;
		renew(delivery);
		dispatch->nwaiting++;
	}
	part->answered = true;
	forget_packed(part);
	if (!dispatch->plan->isolates && !(dispatch->keeps_next_body && is_next(dispatch, part)))
		drs_chunk_drop_body(part->chunk);
}

/* The server refused the only row of a chunk: note its failure. */
static void
note_refusal(const Dispatch *dispatch, Chunk *chunk, const Exchange *exchange)
{
	MemoryContext old = MemoryContextSwitchTo(chunk->cxt);

	chunk->failure = drs_failure_of_row(exchange, dispatch->endpoint);
	chunk->failure->record = drs_chunk_record(chunk, 0, &chunk->failure->record_len);
	MemoryContextSwitchTo(old);
}

/* A row that was sent is refused: search for it, or note its failure if it was alone. */
static void
refuse(Dispatch *dispatch, Delivery *delivery)
{
	Delivery   *part = delivery;
	int			nrows = delivery->chunk->nrows;

	if (drs_isolation_refused(&delivery->isolation, delivery->nsent, nrows - delivery->nsent))
	{
		if (nrows > 1)
			part = cut_part(dispatch, delivery, 1);
		note_refusal(dispatch, part->chunk, delivery->exchange);
		part->answered = true;
	}
	drs_exchange_end(delivery->exchange);
	delivery->exchange = NULL;
	renew(delivery);
	if (!delivery->answered)
		dispatch->nwaiting++;
}

/* Cut the first rows off, as a delivery before the rest, which counts for both. */
static Delivery *
cut_part(Dispatch *dispatch, Delivery *delivery, int rows)
{
	Delivery   *part = make_delivery(drs_chunk_cut(delivery->chunk, rows, dispatch->cxt));

	part->part = true;
	part->permitted = delivery->permitted;
	part->ncounted = Min(rows, delivery->ncounted);
	delivery->ncounted -= part->ncounted;
	dlist_insert_before(&delivery->node, &part->node);
	return part;
}

/*
 * The server found the body too large: replace it by two smaller ones.  Since
 * that may only be a guess, the time until they are given up continues to run.
 */
static void
halve(Dispatch *dispatch, Delivery *delivery)
{
	const Chunk *chunk = delivery->chunk;
	size_t		len = drs_chunk_length(chunk, delivery->nsent);
	TimestampTz first_failure = delivery->retry.first_failure;
	Delivery   *part;

	/* an older and larger chunk does not undo what others have learned */
	dispatch->sizing->max_bytes = Min(dispatch->sizing->max_bytes,
									  chunk->header_len + (len - chunk->header_len) / 2);
	drs_exchange_end(delivery->exchange);
	delivery->exchange = NULL;
	part = cut_part(dispatch, delivery, drs_chunk_middle(chunk, delivery->nsent));
	memset(&delivery->isolation, 0, sizeof(Isolation));
	renew(delivery);
	part->retry.first_failure = delivery->retry.first_failure = first_failure;
	dispatch->nwaiting += 2;
}

/*
 * The failure is raised when no answered chunk comes before it; until then,
 * neither this chunk nor later ones are sent.
 */
static void
give_up(Dispatch *dispatch, Delivery *delivery, const char *why)
{
	delivery->failed = dispatch->has_failed = true;
	delivery->given_up = why;
}

pg_noreturn static void
fail(const Dispatch *dispatch, const Delivery *delivery)
{
	FailureScope scope;

	scope.first_row = delivery->chunk->first_row;
	scope.last_row = delivery->chunk->first_row + delivery->nsent - 1;
	scope.attempts = delivery->retry.attempts;
	scope.given_up = delivery->given_up;
	drs_failure_raise(delivery->exchange, dispatch->endpoint, dispatch->request, &scope);
}

/* Raise the first failure, unless an answered chunk comes before it. */
static void
raise_failure(Dispatch *dispatch)
{
	dlist_iter	iter;

	dlist_foreach(iter, &dispatch->queue)
	{
		const Delivery *delivery = dlist_container(Delivery, node, iter.cur);

		if (delivery->answered)
			return;
		if (delivery->failed)
			fail(dispatch, delivery);
	}
}

/*
 * The time until the next waiting chunk may start, in ms; DRS_MAX_WAIT_MS
 * when nothing waits or all requests are in use.
 */
static long
time_to_next_start(Dispatch *dispatch)
{
	TimestampTz due = DT_NOEND;
	dlist_iter	iter;

	if (dispatch->nwaiting == 0 || dispatch->nrunning >= dispatch->sizing->max_requests)
		return DRS_MAX_WAIT_MS;
	dlist_foreach(iter, &dispatch->queue)
	{
		Delivery   *delivery = dlist_container(Delivery, node, iter.cur);

		if (delivery->failed)
			break;
		if (!is_waiting(dispatch, delivery))
			continue;
		if (!may_be_sent(dispatch, delivery))
			break;				/* nor may those after it */
		due = Min(due, delivery->not_before);
	}
	due = Max(due, Max(dispatch->throttled, dispatch->next_start));
	return Min(DRS_MAX_WAIT_MS, TimestampDifferenceMilliseconds(drs_clock(), due));
}

/*
 * retry.c
 *		Decides what is sent again: after connections refused or lost, answers cut
 *		off, and the statuses 401, 408, 413, 429 and those from 500 on (docs/api.md
 *		1.8).
 *
 * Scoring changes nothing on the server except its counts, so sending again is safe.
 * DataRobot offers no key that would make it exactly once.
 */
#include "postgres.h"

#include "common/pg_prng.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "http/retry.h"

#define MAX_BACKOFF_MS 30000.0

/* The longest pause for a server that asks for more, or whose clock is wrong. */
#define MAX_RETRY_AFTER_S 120

/* Faults of the server and cut answers after which a request is given up: it would fail again. */
#define MAX_DOUBTFUL 3

/*
 * Servers take bodies of this size, in bytes.  A connection that is lost MAX_LOSSES
 * times with a larger one is lost because of its size.
 */
#define LARGE_BODY (64 * 1024)
#define MAX_LOSSES 3

static bool
has_status(const RetryOutcome *outcome, int status)
{
	return outcome->outcome == OUTCOME_REPLY && outcome->status == status;
}

/* Is it temporary by nature, such as a lost connection or too many requests? */
static bool
is_passing(const RetryOutcome *outcome)
{
	if (outcome->outcome == OUTCOME_NO_CONNECTION || outcome->outcome == OUTCOME_LOST)
		return true;
	/* stray bytes on a kept connection: over another one, the answer will come */
	if (outcome->outcome == OUTCOME_GARBAGE && outcome->reused)
		return true;
	if (outcome->outcome != OUTCOME_REPLY)
		return false;
	switch (outcome->status)
	{
		case 408:
		case 429:
		case 502:
		case 503:
		case 504:
		case 570:
			return true;
		default:
			return false;
	}
}

/* Can it help to send the request again? */
static bool
may_help(const RetryOutcome *outcome)
{
	return is_passing(outcome) || outcome->outcome == OUTCOME_CUT ||
		(outcome->outcome == OUTCOME_REPLY && outcome->status >= 500);
}

/* Did nothing of the request reach the server? */
static bool
is_unsent(const RetryOutcome *outcome)
{
	return outcome->outcome == OUTCOME_NO_CONNECTION || outcome->phase == PHASE_CONNECT;
}

/*
 * Is it certain that the server did not do what was asked for?  By RFC 9110 (15.5.9)
 * and 6585 (4).
 */
static bool
is_refused(const RetryOutcome *outcome)
{
	return has_status(outcome, 401) || has_status(outcome, 408) || has_status(outcome, 429);
}

/* Why the rules forbid sending it again, as a clause; NULL if they do not. */
static const char *
forbidden(const RetryOutcome *outcome, const RetryRules *rules)
{
	if (rules->repeatable == REPEATABLE || is_unsent(outcome))
		return NULL;
	if (rules->repeatable == REPEATABLE_UNSENT)
		return "what was sent cannot be sent again";
	return is_refused(outcome) ? NULL : "the server may have done what was asked for";
}

bool
drs_retry_may_be_size(Outcome outcome, size_t request_len)
{
	return outcome == OUTCOME_LOST && request_len > LARGE_BODY;
}

/* Is the body too large, as the server says or, after some losses, as we guess? */
static bool
is_too_large(const RetryState *state, const RetryOutcome *outcome)
{
	return has_status(outcome, 413) ||
		(drs_retry_may_be_size(outcome->outcome, outcome->request_len) &&
		 state->attempts >= MAX_LOSSES);
}

static double
pause_before(const RetryState *state, const RetryOutcome *outcome)
{
	if (outcome->outcome == OUTCOME_REPLY && outcome->retry_after > 0)
		return Min(outcome->retry_after, MAX_RETRY_AFTER_S) * 1000.0;
	return drs_backoff_ms(state->attempts, MAX_BACKOFF_MS, outcome->jitter);
}

/* Send it again after a pause, if the rules allow that. */
static RetryDecision
decide_later(RetryState *state, const RetryOutcome *outcome, const RetryRules *rules)
{
	RetryDecision decision = {.action = RETRY_NOT};
	double		pause = pause_before(state, outcome);

	if (state->first_failure == 0)
		state->first_failure = outcome->now;
	if (!is_passing(outcome))
		state->doubtful++;
	if (state->attempts >= rules->max_attempts)
		decision.given_up = "the option \"max_attempts\" allows no more";
	else if ((outcome->now - state->first_failure) / 1000.0 + pause > rules->budget)
		decision.given_up = "the next one would exceed the option \"retry_budget\"";
	else if (state->doubtful >= MAX_DOUBTFUL)
		decision.given_up = "a failure of this kind is not retried more often";
	else
	{
		decision.action = RETRY_LATER;
		decision.pause = pause;
		decision.for_all = has_status(outcome, 429) || has_status(outcome, 503) ||
			(outcome->outcome == OUTCOME_REPLY && outcome->retry_after > 0);
	}
	return decision;
}

/*
 * Was it refused because of the token?  Requests that were in flight while the file
 * was read again carry the old one, too.
 */
static RetryAction
decide_token(const RetryOutcome *outcome)
{
	if (outcome->old_token)
		return RETRY_AT_ONCE;
	return outcome->token_reread ? RETRY_NOT : RETRY_REREAD_TOKEN;
}

RetryDecision
drs_retry_decide(RetryState *state, const RetryOutcome *outcome, const RetryRules *rules)
{
	RetryDecision decision = {.action = RETRY_NOT};

	if (rules->divisible && is_too_large(state, outcome))
		decision.action = RETRY_SMALLER;
	else if (has_status(outcome, 401))
		decision.action = decide_token(outcome);
	else if (may_help(outcome))
		decision.action = RETRY_LATER;
	if (decision.action == RETRY_NOT)
		return decision;

	decision.given_up = forbidden(outcome, rules);
	if (decision.given_up)
		decision.action = RETRY_NOT;
	else if (decision.action == RETRY_LATER)
		decision = decide_later(state, outcome, rules);
	return decision;
}

RetryRules
drs_retry_rules(const Endpoint *endpoint, const Request *request)
{
	return (RetryRules) {
		.repeatable = request->repeatable,
		.max_attempts = endpoint->options.transfer.max_attempts,
		.budget = endpoint->options.transfer.retry_budget
	};
}

RetryDecision
drs_retry_exchange(RetryState *state, const Exchange *exchange, const RetryRules *rules,
				   Endpoint *endpoint, bool *token_reread)
{
	RetryOutcome outcome = {
		.outcome = exchange->outcome,
		.phase = exchange->phase,
		.status = exchange->status,
		.retry_after = exchange->retry_after,
		.reused = exchange->reused,
		.request_len = exchange->request_len,
		.old_token = exchange->request.token_number != endpoint->token_number,
		.token_reread = *token_reread,
		.now = drs_clock(),
		.jitter = pg_prng_double(&pg_global_prng_state)
	};
	RetryDecision decision = drs_retry_decide(state, &outcome, rules);

	if (decision.action != RETRY_REREAD_TOKEN)
		return decision;
	drs_endpoint_reload_token(endpoint);
	outcome.old_token = exchange->request.token_number != endpoint->token_number;
	outcome.token_reread = *token_reread = true;
	return drs_retry_decide(state, &outcome, rules);
}

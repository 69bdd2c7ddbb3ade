/*
 * retry.c
 *		What is tried again: connections refused or lost, answers that were cut
 *		off, and the statuses 408, 429 and those from 500 on (docs/api.md 1.8).
 *
 * Scoring changes nothing on the server but its counts, so sending again is
 * safe; DataRobot offers no key that would make it exactly once.
 *
 */
#include "postgres.h"

#include <math.h>

#include "common/pg_prng.h"

#include "base/clock.h"
#include "http/retry.h"

#define FIRST_BACKOFF_MS 100.0	/* the official client's back-off factor */
#define MAX_BACKOFF_MS 30000.0

/* A server that asks for more, or whose clock is wrong, is asked once in so long. */
#define MAX_RETRY_AFTER_S 120

/* A fault of the server, or a cut answer: one that does that so often does it again. */
#define MAX_DOUBTFUL 3

/* Servers take bodies of this size, and a connection that is lost so often with a larger one is lost by that. */
#define LARGE_BODY (64 * 1024)
#define MAX_LOSSES 3

/* Does it come and go by its nature, such as a lost connection or too many requests? */
static bool
is_passing(const Exchange *exchange)
{
	if (exchange->outcome == OUTCOME_NO_CONNECTION || exchange->outcome == OUTCOME_LOST)
		return true;
	/* on a kept connection, bytes that nobody asked for: by another one, the answer comes */
	if (exchange->outcome == OUTCOME_GARBAGE && exchange->reused)
		return true;
	if (exchange->outcome != OUTCOME_REPLY)
		return false;
	switch (exchange->status)
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

bool
drs_retry_helps(const Exchange *exchange)
{
	return is_passing(exchange) || exchange->outcome == OUTCOME_CUT ||
		(exchange->outcome == OUTCOME_REPLY && exchange->status >= 500);
}

bool
drs_retry_may_be_size(const Exchange *exchange)
{
	return exchange->outcome == OUTCOME_LOST && exchange->request_len > LARGE_BODY;
}

bool
drs_retry_wants_smaller(const Sendings *sendings, const Exchange *exchange)
{
	return drs_retry_may_be_size(exchange) && sendings->attempts >= MAX_LOSSES;
}

bool
drs_retry_is_for_all(const Exchange *exchange)
{
	return exchange->outcome == OUTCOME_REPLY &&
		(exchange->status == 429 || exchange->status == 503 || exchange->retry_after > 0);
}

/* Exponential back-off with full jitter, so that many backends do not come back together. */
static double
backoff_ms(int attempts)
{
	double		longest = Min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * pow(2.0, attempts - 1));

	return longest * (0.5 + pg_prng_double(&pg_global_prng_state) / 2);
}

double
drs_retry_pause(Sendings *sendings, const Exchange *exchange, const Options *options, const char **given_up)
{
	TimestampTz now = drs_clock();
	double		pause = backoff_ms(sendings->attempts);

	if (exchange->outcome == OUTCOME_REPLY && exchange->retry_after > 0)
		pause = Min(exchange->retry_after, MAX_RETRY_AFTER_S) * 1000.0;
	if (sendings->first_failure == 0)
		sendings->first_failure = now;
	if (!is_passing(exchange))
		sendings->doubtful++;
	*given_up = NULL;
	if (sendings->attempts >= options->transfer.max_attempts)
		*given_up = "the option \"max_attempts\" allows no more";
	else if ((now - sendings->first_failure) / 1000.0 + pause > options->transfer.retry_budget)
		*given_up = "the next one would come after the option \"retry_budget\"";
	else if (sendings->doubtful >= MAX_DOUBTFUL)
		*given_up = "a fault of this kind is not tried more often";
	return *given_up ? -1 : pause;
}

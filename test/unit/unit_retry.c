/*
 * unit_retry.c
 *		The retry rules as SQL functions: from the outcome of an attempt to a decision.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "http/retry.h"
#include "http/retryafter.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_retry);
PG_FUNCTION_INFO_V1(drs_unit_retry_after);

/* In the order of the enums. */
const char *const drs_unit_outcomes[] = {
	"running", "reply", "no connection", "no host", "proxy", "tls", "lost", "cut", "timeout",
	"stalled", "too large", "garbage", "garbled", "secret", "stopped", "other", NULL
};
static const char *const phases[] = {"connect", "send", "wait", "receive", NULL};
static const char *const repeatables[] = {"always", "refused", "unsent", NULL};

StaticAssertDecl(lengthof(drs_unit_outcomes) == OUTCOME_OTHER + 2, "each outcome has a name");

static int
find(const char *const *names, Datum name)
{
	char	   *sought = TextDatumGetCString(name);

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], sought) == 0)
			return i;
	elog(ERROR, "no such name: %s", sought);
}

static char *
words(const RetryDecision *decision)
{
	switch (decision->action)
	{
		case RETRY_NOT:
			return decision->given_up ? psprintf("not: %s", decision->given_up) : "not";
		case RETRY_LATER:
			return psprintf("after %g%s", decision->pause, decision->for_all ? " all" : "");
		case RETRY_AT_ONCE:
			return "at once";
		case RETRY_REREAD_TOKEN:
			return "reread";
		case RETRY_SMALLER:
			return "smaller";
	}
	return "?";
}

/*
 * decide(outcome, status, retry_after, phase, reused, body, old_token, token_reread, jitter,
 * attempts, doubtful, elapsed, repeatable, max_attempts, budget, divisible):
 * elapsed is in ms since the first failure; 0: there was none.
 */
Datum
drs_unit_retry(PG_FUNCTION_ARGS)
{
	int			elapsed = PG_GETARG_INT32(11);
	RetryOutcome outcome = {
		.outcome = find(drs_unit_outcomes, PG_GETARG_DATUM(0)),
		.status = PG_GETARG_INT32(1),
		.retry_after = PG_GETARG_INT32(2),
		.phase = find(phases, PG_GETARG_DATUM(3)),
		.reused = PG_GETARG_BOOL(4),
		.request_len = PG_GETARG_INT32(5),
		.old_token = PG_GETARG_BOOL(6),
		.token_reread = PG_GETARG_BOOL(7),
		.jitter = PG_GETARG_FLOAT8(8),
		.now = 1 + elapsed * INT64CONST(1000)
	};
	RetryState	state = {
		.attempts = PG_GETARG_INT32(9),
		.doubtful = PG_GETARG_INT32(10),
		.first_failure = elapsed > 0 ? 1 : 0
	};
	RetryRules	rules = {
		.repeatable = find(repeatables, PG_GETARG_DATUM(12)),
		.max_attempts = PG_GETARG_INT32(13),
		.budget = PG_GETARG_INT32(14),
		.divisible = PG_GETARG_BOOL(15)
	};
	RetryDecision decision = drs_retry_decide(&state, &outcome, &rules);

	PG_RETURN_TEXT_P(cstring_to_text(words(&decision)));
}

/* retry_after(value, now): now is in seconds since 1970. */
Datum
drs_unit_retry_after(PG_FUNCTION_ARGS)
{
	char	   *value = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_INT64(drs_retry_after(value, (time_t) PG_GETARG_INT64(1)));
}

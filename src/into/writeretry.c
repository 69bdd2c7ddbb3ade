/*
 * writeretry.c
 *		Repeats a write that failed because of another transaction.
 *
 * Answers have been paid for: a deadlock that is over the next moment must not lose
 * them.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/timestamp.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/compat.h"
#include "base/pause.h"
#include "into/writeretry.h"

#define MAX_ATTEMPTS 6			/* with some two or three seconds of pauses in all */

/* Errors that are due to what others do at the same time. */
static bool
may_pass(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE ||
		error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ||
		error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}

bool
drs_writeretry_wanted(Retry *retry, const ErrorData *error)
{
	retry->attempts++;
	if (!may_pass(error) || retry->attempts >= MAX_ATTEMPTS)
		return false;
	ereport(NOTICE,
			(errcode(error->sqlerrcode),
			 errmsg("writing again, because another transaction was in the way: %s",
					error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0));
	return true;
}

/* Of random length, so that two that were in each other's way do not meet again. */
void
drs_writeretry_pause(void *arg)
{
	const Retry *retry = arg;
	double		ms = drs_backoff_ms(retry->attempts, HUGE_VAL,
									pg_prng_double(&pg_global_prng_state));

	drs_pause_until(TimestampTzPlusMilliseconds(drs_clock(), (int64) ms), WAIT_TO_WRITE_AGAIN);
}

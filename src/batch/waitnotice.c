/*
 * waitnotice.c
 *		Says that a job is still waited for.
 */
#include "postgres.h"

#include "base/clock.h"
#include "batch/waitnotice.h"

/* When a user first hears that a job waits, and how far apart that is at most, in s. */
#define FIRST_NOTICE_S 10
#define MAX_NOTICE_S 300

WaitNotice
drs_waitnotice_begin(void)
{
	return (WaitNotice) {
		.next = drs_clock() + FIRST_NOTICE_S * USECS_PER_SEC,
		.gap = FIRST_NOTICE_S
	};
}

void
drs_waitnotice_send(WaitNotice *notice, const Job *job, const char *what)
{
	TimestampTz now = drs_clock();

	if (now < notice->next)
		return;
	notice->next = now + notice->gap * USECS_PER_SEC;
	notice->gap = Min(2 * notice->gap, MAX_NOTICE_S);
	ereport(NOTICE,
			(errmsg("batch job %s %s", job->id, what),
			 job->queued && job->queue_position != DRS_JOB_UNKNOWN ?
			 errdetail("It waits in the queue at position " INT64_FORMAT ".",
					   job->queue_position) :
			 errdetail("Its state is %s.%s%s", job->status, job->status_details ? " " : "",
					   job->status_details ? job->status_details : "")));
}

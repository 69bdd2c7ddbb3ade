/*
 * transferfailure.c
 *		Messages for uploads and downloads of a job that the service ended.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/servermessage.h"
#include "batch/job.h"
#include "batch/transferfailure.h"

/* How long the job's record is waited for: it explains an error, but is none itself. */
#define RECORD_TIMEOUT_MS 5000

/*
 * The job's record; NULL if it does not come in time, or is refused.  Raises for an answer
 * that is no record.
 */
static Job *
ask_briefly(PublicApi *api, const char *job_id)
{
	ApiRequest	question = drs_job_question(job_id);
	TimestampTz end = drs_clock() + RECORD_TIMEOUT_MS * INT64CONST(1000);
	ApiCall    *call = drs_api_start(api, drs_api_context(api), &question);
	Job		   *job = NULL;

	if (drs_api_wait_for(api, call, end))
	{
		ApiAnswer	answer = drs_api_answer(call);

		if (drs_api_succeeded(&answer))
			job = drs_job_parse(api, &answer, job_id);
	}
	drs_api_end(call);
	return job;
}

static int
status_sqlstate(int status)
{
	switch (status)
	{
		case 404:
			return ERRCODE_UNDEFINED_OBJECT;
		case 409:
			return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		case 413:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case 415:
		case 422:
			return ERRCODE_DATA_EXCEPTION;
		default:
			return 0;
	}
}

void
drs_transfer_raise(PublicApi *api, const char *job_id, const char *what, const ApiAnswer *answer)
{
	const Exchange *exchange = answer->exchange;
	int			sqlstate = exchange->outcome == OUTCOME_REPLY ?
		status_sqlstate(exchange->status) : 0;
	Job		   *job = ask_briefly(api, job_id);
	char	   *said;

	if (job && (job->state == JOB_ABORTED || job->state == JOB_FAILED))
		drs_job_raise(api, job);
	if (sqlstate == 0)
		drs_api_raise(api, answer);
	said = drs_server_message(exchange->body.data, exchange->body.len,
							  drs_api_endpoint(api)->secrets);
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s of batch job %s was refused with HTTP status %d%s%s", what, job_id,
					exchange->status, said ? ": " : "", said ? said : ""),
			 job ? errdetail_internal("%s", drs_job_details(job)) : 0));
}

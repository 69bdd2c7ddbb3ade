/*
 * jobs.c
 *		The functions for jobs of the Batch Prediction API that exist already:
 *		batch_status, batch_log, batch_wait, batch_abort, batch_hide and
 *		batch_from_existing.
 *
 * The last two arguments of each are server and options.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/hiddenstatement.h"
#include "batch/job.h"
#include "batch/joboverdue.h"
#include "batch/waitnotice.h"
#include "sql/arguments.h"
#include "sql/jobrow.h"
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_status);
PG_FUNCTION_INFO_V1(drs_batch_log);
PG_FUNCTION_INFO_V1(drs_batch_wait);
PG_FUNCTION_INFO_V1(drs_batch_abort);
PG_FUNCTION_INFO_V1(drs_batch_hide);
PG_FUNCTION_INFO_V1(drs_batch_from_existing);

/* The longest pause between two looks at a job that is waited for. */
#define MAX_PAUSE_MS 5000

Endpoint *
drs_jobs_endpoint(FunctionCallInfo fcinfo)
{
	int			server = PG_NARGS() - 2;
	Jsonb	   *options = PG_ARGISNULL(server + 1) ? NULL : PG_GETARG_JSONB_P(server + 1);

	return drs_endpoint_resolve(drs_argument_text(fcinfo, server), options, OPTION_JOB);
}

PublicApi *
drs_jobs_open_api(FunctionCallInfo fcinfo)
{
	return drs_api_open(drs_jobs_endpoint(fcinfo));
}

int64
drs_jobs_count_argument(FunctionCallInfo fcinfo, int arg, const char *name)
{
	int64		count;

	if (PG_ARGISNULL(arg))
		return -1;
	count = drs_argument_whole(fcinfo, arg, name);
	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the argument \"%s\" must not be negative", name)));
	return count;
}

void
drs_jobs_hide_call(FunctionCallInfo fcinfo)
{
	drs_hiddenstatement_begin(psprintf("SELECT datarobot.%s(...)",
									   get_func_name(fcinfo->flinfo->fn_oid)));
}

char *
drs_jobs_id(FunctionCallInfo fcinfo, int arg)
{
	char	   *id = drs_argument_text(fcinfo, arg);

	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the id of the batch job must not be NULL")));
	(void) drs_job_path(id, "");	/* refuses what cannot be one */
	return id;
}

Datum
drs_batch_status(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Datum		row = drs_jobrow(fcinfo, drs_job_get(api, id));

	drs_api_close(api);
	return row;
}

Datum
drs_batch_log(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	ResultSet  *result = drs_resultset_open(fcinfo);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Job		   *job = drs_job_get(api, id);
	int			line = 0;
	ListCell   *lc;

	foreach(lc, job->log)
	{
		const char *values[] = {psprintf("%d", ++line), lfirst(lc)};

		drs_resultset_put(result, values);
	}
	drs_api_close(api);
	return (Datum) 0;
}

/* ---- waiting */

double
drs_jobs_timeout(FunctionCallInfo fcinfo, int arg)
{
	char	   *text = drs_argument_text(fcinfo, arg);
	const char *hint = NULL;
	double		ms = 0;

	if (text && (!parse_real(text, &ms, GUC_UNIT_MS, &hint) || isnan(ms) || ms < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid timeout: \"%s\"", text),
				 hint ? errhint("%s", _(hint)) :
				 errhint("Pass a time with a unit, such as '30min'.")));
	return ms;
}

pg_noreturn static void
raise_timeout(const Job *job, double ms)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("batch job %s did not end within %s", job->id, drs_joboverdue_text(ms)),
			 errdetail("Its status is %s. The job itself continues.", job->status),
			 errhint("Wait again with batch_wait, or end it with batch_abort.")));
}

/* Look at the job until it has ended, or the time is up; 0: no limit. */
static Job *
await_end(PublicApi *api, const char *id, double ms)
{
	TimestampTz until = drs_clock() + (TimestampTz) Min(ms, 1e12) * 1000;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "datarobot_scoring batch job",
											  ALLOCSET_DEFAULT_SIZES);
	WaitNotice	notice = drs_waitnotice_begin();
	Job		   *job;

	MemoryContextSwitchTo(cxt);
	for (int asked = 1; job = drs_job_get(api, id), !drs_job_has_ended(job); asked++)
	{
		double		pause = drs_backoff_ms(asked, MAX_PAUSE_MS, 1);

		if (ms > 0)
			pause = Min(pause, (until - drs_clock()) / 1000.0);
		if (pause <= 0)
			raise_timeout(job, ms);
		drs_waitnotice_send(&notice, job, "has not ended yet");
		drs_api_pause(api, pause);
		MemoryContextReset(cxt);
	}
	MemoryContextSwitchTo(caller);
	return job;
}

Datum
drs_batch_wait(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	double		timeout = drs_jobs_timeout(fcinfo, 1);
	bool		must_complete = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	int			preset = drs_api_endpoint(api)->options.batch.job_timeout;
	Job		   *job = await_end(api, id, timeout > 0 ? timeout : preset);
	Datum		row;

	if (must_complete && job->state != JOB_COMPLETED)
		drs_job_raise(api, job);
	row = drs_jobrow(fcinfo, job);
	drs_api_close(api);
	return row;
}

/* ---- changing jobs */

Datum
drs_batch_abort(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	bool		missing_ok = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	bool		aborted = drs_job_abort(api, id);

	if (!aborted)
	{
		/* it may be aborted already, also by a request whose answer was lost */
		Job		   *job = drs_job_find(api, id);

		if (job == NULL && !missing_ok)
			drs_job_raise_unknown(id);
		aborted = job && job->state == JOB_ABORTED;
	}
	drs_api_close(api);
	PG_RETURN_BOOL(aborted);
}

Datum
drs_batch_hide(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	bool		hidden = PG_ARGISNULL(1) || PG_GETARG_BOOL(1);
	const char *body = hidden ? "{\"hidden\": true}" : "{\"hidden\": false}";
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	ApiRequest	request = {
		.method = "PATCH",
		.path = drs_job_path(id, ""),
		.source = {.bytes = body, .length = (int64) strlen(body)},
		.timeout = DRS_API_TIMEOUT
	};
	ApiAnswer	answer = drs_api_exchange(api, &request);

	if (drs_api_has_status(&answer, 404))
		drs_job_raise_unknown(id);
	if (!drs_api_succeeded(&answer))
		drs_api_raise(api, &answer);
	drs_api_close(api);
	PG_RETURN_VOID();
}

Datum
drs_batch_from_existing(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Datum		row = drs_jobrow(fcinfo,
								 drs_job_create_from(api, "/batchPredictions/fromExisting/",
													 "predictionJobId", id));

	drs_api_close(api);
	return row;
}

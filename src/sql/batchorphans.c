/*
 * batchorphans.c
 *		The function batch_abort_orphans.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "tcop/utility.h"

#include "batch/job.h"
#include "into/joborphans.h"
#include "into/ledgerjob.h"
#include "into/ledgerlock.h"
#include "sql/jobs.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_batch_abort_orphans);

static void
put_aborted(ResultSet *result, int64 run_id, const char *job_id)
{
	const char *values[] = {psprintf(INT64_FORMAT, run_id), job_id};

	drs_resultset_put(result, values);
}

/* Does no process run it?  From now on none can. */
static bool
is_free(int64 run_id)
{
	int			holder;

	return drs_ledger_lock(run_id, CurrentMemoryContext, &holder);
}

/* A result that is complete is left: a run that is resumed reads it. */
static void
abort_recorded(PublicApi *api, LedgerJob *job, ResultSet *result)
{
	const Job  *found;

	if (!is_free(job->run_id))
		return;
	found = drs_job_find(api, job->job_id);
	if (found && found->state == JOB_COMPLETED)
		return;
	if (found && !drs_job_has_ended(found) && drs_job_abort(api, job->job_id))
		put_aborted(result, job->run_id, job->job_id);
	job->stage = found ? RUN_JOB_ABORTED : RUN_JOB_LOST;
	drs_ledgerjob_change(job);
}

static void
abort_unrecorded(PublicApi *api, const char *server, ResultSet *result)
{
	List	   *jobs;
	ApiAnswer	refused;
	ListCell   *lc;

	if (!drs_joborphans_marked(api, &jobs, &refused))
		drs_api_raise(api, &refused);
	foreach(lc, jobs)
	{
		const MarkedJob *job = lfirst(lc);
		int64		run_id = drs_ledgerjob_marked(server, job->mark);

		if (run_id != 0 && is_free(run_id) && !drs_ledgerjob_exists(run_id, job->job_id) &&
			drs_job_abort(api, job->job_id))
			put_aborted(result, run_id, job->job_id);
	}
}

Datum
drs_batch_abort_orphans(PG_FUNCTION_ARGS)
{
	ResultSet  *result = drs_resultset_open(fcinfo);
	Endpoint   *endpoint;
	PublicApi  *api;
	ListCell   *lc;

	PreventCommandIfReadOnly("datarobot.batch_abort_orphans()");
	endpoint = drs_jobs_endpoint(fcinfo);
	api = drs_api_open(endpoint);
	foreach(lc, drs_ledgerjob_orphans(endpoint->server_name))
		abort_recorded(api, lfirst(lc), result);
	abort_unrecorded(api, endpoint->server_name, result);
	drs_api_close(api);
	return (Datum) 0;
}

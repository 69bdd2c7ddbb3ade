/*
 * resultdownload.c
 *		Reads the whole result of a job.
 */
#include "postgres.h"

#include "batch/job.h"
#include "sql/jobs.h"
#include "sql/resultdownload.h"

void
drs_resultdownload_open(FunctionCallInfo fcinfo, int job_arg, ResultDownload *result)
{
	char	   *id = drs_jobs_id(fcinfo, job_arg);
	double		timeout = drs_jobs_timeout(fcinfo, PG_NARGS() - 3);
	Job		   *job;

	result->api = drs_jobs_open_api(fcinfo);
	result->options = &drs_api_endpoint(result->api)->options;
	job = drs_job_get(result->api, id);
	result->plan.job_id = job->id;
	result->plan.timeout = timeout > 0 ? timeout : result->options->batch.job_timeout;
	result->plan.dialect = drs_csvdialect_of_job(job);
}

void
drs_resultdownload_refuse(const ResultDownload *result, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the result of batch job %s is not well-formed CSV", result->plan.job_id),
			 errdetail("After row " INT64_FORMAT ": %s.", result->nrecords, why)));
}

static void
begin(ResultDownload *result)
{
	result->nrecords = result->nbytes = 0;
	result->use->begin(result);
}

static void
take_bytes(ResultDownload *result, const char *bytes, size_t len)
{
	result->nbytes += len;
	result->last_byte = bytes[len - 1];
	result->use->bytes(result, bytes, len);
}

/* Read the result to its end. */
static void
read_once(ResultDownload *result)
{
	DownloadStep step;
	const char *bytes;
	size_t		len;
	int			restarts = 0;

	result->download = drs_download_open(result->api, &result->plan);
	begin(result);
	while ((step = drs_download_read(result->download, &bytes, &len)) != DOWNLOAD_END)
	{
		if (drs_download_restarts(result->download) != restarts)
		{
			restarts = drs_download_restarts(result->download);
			begin(result);
		}
		if (step == DOWNLOAD_BYTES)
			take_bytes(result, bytes, len);
		else
			drs_api_wait(result->api, drs_download_due(result->download));
	}
}

/*
 * Are there fewer rows than the service has scored?  Of time series, not every row has a
 * forecast.
 */
static bool
lacks_rows(const ResultDownload *result)
{
	const Job  *job = drs_download_job(result->download);

	return result->nrecords < job->scored_rows &&
		drs_job_container(&job->record->root, "jobSpec.timeseriesSettings") == NULL;
}

/*
 * A proxy can cut a result off and make the HTTP lengths agree, so one that has too few
 * rows, or no end of its last line, is read once more.  That the line has none is the
 * service's habit if the same comes again.
 */
static void
read_whole(ResultDownload *result)
{
	int64		nbytes;

	read_once(result);
	if (!lacks_rows(result) && result->last_byte == '\n')
		return;
	nbytes = result->nbytes;
	drs_download_close(result->download);
	read_once(result);
	if (result->last_byte != '\n' && result->nbytes != nbytes)
		drs_resultdownload_refuse(result, "its last line has no end");
}

void
drs_resultdownload_run(ResultDownload *result, const ResultUse *use)
{
	result->use = use;
	read_whole(result);
	use->end(result);
	if (lacks_rows(result))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s is not complete", result->plan.job_id),
				 errdetail("It has " INT64_FORMAT " rows; the service has scored " INT64_FORMAT
						   ".", result->nrecords,
						   drs_download_job(result->download)->scored_rows)));
	if (use->keep)
		use->keep(result);
}

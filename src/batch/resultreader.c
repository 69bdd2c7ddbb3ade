/*
 * resultreader.c
 *		Downloads the result of a job, and brings its records into the order of
 *		the rows.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "batch/job.h"
#include "batch/resultreader.h"

/* How often a job whose counts of rows differ is asked for, and how far apart that is, in ms. */
#define COUNT_QUESTIONS 6
#define COUNT_PAUSE_MS 500.0

struct ResultReader
{
	PublicApi  *api;
	MemoryContext cxt;			/* that it was opened in */
	DownloadPlan plan;
	Download   *download;		/* NULL: the result has ended */
	int			restarts;		/* of the download, as far as the order knows */
	ResultOrder *order;
};

static void
begin_download(ResultReader *reader)
{
	MemoryContext old = MemoryContextSwitchTo(reader->cxt);

	reader->download = drs_download_open(reader->api, &reader->plan);
	reader->restarts = 0;
	MemoryContextSwitchTo(old);
}

ResultReader *
drs_resultreader_open(PublicApi *api, const DownloadPlan *download, const ResultOrderPlan *order)
{
	ResultReader *reader = palloc0(sizeof(ResultReader));

	reader->api = api;
	reader->cxt = CurrentMemoryContext;
	reader->plan = *download;
	reader->order = drs_resultorder_open(order);
	begin_download(reader);
	return reader;
}

/* Does the job count as many rows, if it says how many? */
static bool
counts_agree(const Job *job, uint64 rows)
{
	int64		counted = job->scored_rows + Max(job->failed_rows, 0) + Max(job->skipped_rows, 0);

	return job->scored_rows == DRS_JOB_UNKNOWN || counted == (int64) rows;
}

/* Raise if the job that is completed counts other rows; its record may be late. */
static void
check_counts(ResultReader *reader, const Job *job, uint64 rows)
{
	for (int i = 0; i < COUNT_QUESTIONS && !counts_agree(job, rows); i++)
	{
		drs_api_pause(reader->api, COUNT_PAUSE_MS);
		job = drs_job_get(reader->api, reader->plan.job_id);
	}
	if (!counts_agree(job, rows))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("batch job %s does not count the %llu rows that it was sent",
						reader->plan.job_id, (unsigned long long) rows),
				 errdetail_internal("%s", drs_job_details(job))));
}

/* The download has ended well. */
static void
end_download(ResultReader *reader, uint64 rows)
{
	bool		is_whole = drs_resultorder_finish(reader->order, rows);

	if (is_whole)
		check_counts(reader, drs_download_job(reader->download), rows);
	drs_download_close(reader->download);
	reader->download = NULL;
	if (is_whole)
		return;
	drs_resultorder_restart(reader->order);
	begin_download(reader);
}

bool
drs_resultreader_read(ResultReader *reader, uint64 rows)
{
	const char *bytes;
	size_t		len;
	DownloadStep step;

	if (reader->download == NULL)
		return false;
	step = drs_download_read(reader->download, &bytes, &len);
	if (step == DOWNLOAD_NOTHING_YET)
		return false;
	if (reader->restarts != drs_download_restarts(reader->download))
	{
		reader->restarts = drs_download_restarts(reader->download);
		drs_resultorder_restart(reader->order);
	}
	if (step == DOWNLOAD_BYTES)
		drs_resultorder_put(reader->order, bytes, len);
	else
		end_download(reader, rows);
	return true;
}

bool
drs_resultreader_take(ResultReader *reader, uint64 rows, int max_rows, ResultRun *run)
{
	return drs_resultorder_take(reader->order, rows, max_rows, run);
}

bool
drs_resultreader_has_ended(const ResultReader *reader)
{
	return reader->download == NULL;
}

const Job *
drs_resultreader_job(const ResultReader *reader)
{
	return reader->download ? drs_download_job(reader->download) : NULL;
}

TimestampTz
drs_resultreader_due(const ResultReader *reader)
{
	return reader->download ? drs_download_due(reader->download) : DT_NOEND;
}

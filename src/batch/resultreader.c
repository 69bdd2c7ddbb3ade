/*
 * resultreader.c
 *		Downloads the result of a job, and brings its records into the order of
 *		the rows.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "batch/resultreader.h"

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

/* The download has ended well. */
static void
end_download(ResultReader *reader, uint64 rows)
{
	drs_download_close(reader->download);
	reader->download = NULL;
	if (drs_resultorder_finish(reader->order, rows))
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

TimestampTz
drs_resultreader_due(const ResultReader *reader)
{
	return reader->download ? drs_download_due(reader->download) : DT_NOEND;
}

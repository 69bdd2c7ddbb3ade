/*
 * download.h
 *		Reads the result of a batch job while the job makes it (docs/api.md 2.13).
 *
 * It asks for the job's state, with growing pauses, until the job has a link to its
 * result; then it reads that.  Bytes go into a queue of up to two blocks of
 * DRS_DOWNLOAD_BLOCK bytes, and the connection is paused while it is full, so memory is
 * bounded however slow the reader is.  At the end of the result the job's state is
 * asked for again, because the result of an aborted job ends like any other.
 *
 * Bytes move in drs_api_wait() and in whatever else waits for the same PublicApi.  The
 * download ends with the PublicApi, or before by drs_download_close().
 */
#ifndef DRS_DOWNLOAD_H
#define DRS_DOWNLOAD_H

#include "api/client.h"
#include "batch/csvdialect.h"
#include "batch/job.h"

#define DRS_DOWNLOAD_BLOCK (1024 * 1024)

typedef struct Download Download;

/* It is copied, but not what it points to. */
typedef struct DownloadPlan
{
	const char *job_id;
	double		timeout;		/* ms to the end of the result, the option job_timeout; 0: no
								 * limit */
	TimestampTz since;			/* from which it counts; 0: drs_download_open() */
	bool		deletes;		/* the caller aborts the job then, which the error says */
	bool		quiet;			/* no NOTICE while the job waits */
	const CsvDialect *dialect;	/* of the job, from which the result is translated into our
								 * CSV; NULL: bytes are handed out as they come */
} DownloadPlan;

typedef enum DownloadStep
{
	DOWNLOAD_BYTES,				/* here are the next bytes */
	DOWNLOAD_NOTHING_YET,		/* call again after drs_api_wait() */
	DOWNLOAD_END				/* that was the whole result of a job that is COMPLETED */
} DownloadStep;

/* When the time of the plan, whose "since" is set, is over; DT_NOEND: never. */
extern TimestampTz drs_download_deadline(const DownloadPlan *plan);

/* Raise if it is (57014).  The job, which the error describes, can be NULL. */
extern void drs_download_check_time(const DownloadPlan *plan, const Job *job);

/*
 * Does the service still have the result of a job that is completed?  Waits for the first
 * bytes of it.  True, too, if it can be read only later.
 */
extern bool drs_download_is_there(PublicApi *api, const Job *job);

/* Begin a download, in a child of drs_api_context().  Sends nothing yet, and does not wait. */
extern Download *drs_download_open(PublicApi *api, const DownloadPlan *plan);

/*
 * The next bytes of the result, at least one; they end anywhere, within a record, too.
 * They are valid until the next call and belong to the download.  Never waits, except
 * to learn the log of a job that failed.
 *
 * A connection that is cut is opened again, as retry.h says, and the result comes again
 * from its first byte: drs_download_restarts() is then greater than before, which is to
 * be looked at before the bytes are.
 *
 * Raises what drs_job_raise() raises when the job is aborted or failed; 42704 when its
 * result has expired, or there is no such job; 57014 when the timeout is over, which
 * leaves the job as it is; and what drs_api_raise() raises for other answers.
 */
extern DownloadStep drs_download_read(Download *download, const char **bytes, size_t *len);

/* How often the result began again from its first byte. */
extern int	drs_download_restarts(const Download *download);

/*
 * When to call drs_download_read() at the latest, if it had nothing yet, by drs_clock();
 * DT_NOEND: whenever drs_api_wait() returns.
 */
extern TimestampTz drs_download_due(const Download *download);

/* The job as it was last read; NULL before.  Valid until the next drs_download_read(). */
extern const Job *drs_download_job(const Download *download);

/* End it, with its request.  Never raises. */
extern void drs_download_close(Download *download);

#endif							/* DRS_DOWNLOAD_H */

/*
 * resultdownload.h
 *		Reads the whole result of a job, for the functions batch_download,
 *		batch_download_as and batch_download_file.
 *
 * Nothing of a result counts before its end: rows are returned, and a file gets its
 * name, when all of it has come and the job is complete.
 */
#ifndef DRS_RESULTDOWNLOAD_H
#define DRS_RESULTDOWNLOAD_H

#include "fmgr.h"

#include "batch/download.h"
#include "config/option.h"

typedef struct ResultDownload ResultDownload;

/* What is done with a result. */
typedef struct ResultUse
{
	void		(*begin) (ResultDownload *result);	/* also when it begins again */
	void		(*bytes) (ResultDownload *result, const char *bytes, size_t len);
	void		(*end) (ResultDownload *result);	/* all of it has come */
	void		(*keep) (ResultDownload *result);	/* and is whole; NULL: nothing to do */
} ResultUse;

/* It is the first member of the struct of each use. */
struct ResultDownload
{
	PublicApi  *api;
	const Options *options;
	DownloadPlan plan;
	Download   *download;
	const ResultUse *use;
	int64		nrecords;		/* without the header; the use counts them */
	int64		nbytes;
	char		last_byte;		/* of those that came */
};

/*
 * Ask for the job of a function whose last three arguments are a timeout, server and options.
 * Raises what drs_jobs_id(), drs_jobs_timeout(), drs_jobs_open_api() and drs_job_get() raise.
 */
extern void drs_resultdownload_open(FunctionCallInfo fcinfo, int job_arg, ResultDownload *result);

/*
 * Read the result to its end.  Raises what drs_download_read() and the functions of use
 * raise, and 08P01 when rows are missing.
 */
extern void drs_resultdownload_run(ResultDownload *result, const ResultUse *use);

/* Raise 08P01: the result is not well-formed, and why, a clause. */
pg_noreturn extern void drs_resultdownload_refuse(const ResultDownload *result, const char *why);

#endif							/* DRS_RESULTDOWNLOAD_H */

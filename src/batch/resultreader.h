/*
 * resultreader.h
 *		Downloads the result of a job, and brings its records into the order of
 *		the rows.
 */
#ifndef DRS_RESULTREADER_H
#define DRS_RESULTREADER_H

#include "batch/download.h"
#include "batch/resultorder.h"

typedef struct ResultReader ResultReader;

/* In the current memory context, which also ends it.  The plans are copied.  Sends nothing yet. */
extern ResultReader *drs_resultreader_open(PublicApi *api, const DownloadPlan *download,
										   const ResultOrderPlan *order);

/*
 * Move on: false when nothing has come since, or the result has ended.  rows as
 * for drs_resultorder_take(), which is to be called until it returns false
 * first, to bound the memory.  A result that ends early is read once more.
 * Raises what downloads and orders do.
 */
extern bool drs_resultreader_read(ResultReader *reader, uint64 rows);

/* Take the next run, as drs_resultorder_take(). */
extern bool drs_resultreader_take(ResultReader *reader, uint64 rows, int max_rows,
								  ResultRun *run);

/* Has all of it come, and is the job completed? */
extern bool drs_resultreader_has_ended(const ResultReader *reader);

/* The job as drs_download_job(); NULL, too, when the result has ended. */
extern const Job *drs_resultreader_job(const ResultReader *reader);

/* When drs_resultreader_read() is to be called at the latest. */
extern TimestampTz drs_resultreader_due(const ResultReader *reader);

#endif							/* DRS_RESULTREADER_H */

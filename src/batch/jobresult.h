/*
 * jobresult.h
 *		The result of a job as answers to the rows that were sent: matched by
 *		number, with their kept columns.
 */
#ifndef DRS_JOBRESULT_H
#define DRS_JOBRESULT_H

#include "batch/download.h"
#include "batch/markcolumns.h"
#include "decode/answer.h"

typedef struct JobResult JobResult;

typedef struct JobResultPlan
{
	const Columns *columns;		/* of the call, whose kept columns answers have */
	const MarkColumns *marks;
	uint64		first_row;		/* number of the job's first row */
	bool		isolates;		/* rows may fail by themselves */
} JobResultPlan;

/* Make an empty one, in the current memory context.  What plan points to must live as long. */
extern JobResult *drs_jobresult_create(const JobResultPlan *plan);

/*
 * A row was put into the job: keep what is needed of it.  failure: why it was
 * not sent, copied; NULL: it was, or will be.  To be called inside a snapshot,
 * as values may be stored out of line.  Raises what drs_spool_put() raises.
 */
extern void drs_jobresult_keep(JobResult *result, const Datum *values, const bool *isnull,
							   const RowFailure *failure);

/* The job has all its rows.  Before, its last row so far is held back. */
extern void drs_jobresult_seal(JobResult *result);

/* Begin to read the result.  Sends nothing yet, and does not wait. */
extern void drs_jobresult_begin(JobResult *result, PublicApi *api, const DownloadPlan *plan);

/*
 * Form the answer to the next rows.  It is valid until the second next call.
 * False: more bytes are needed.  The answer to the last row is there only when
 * the result has ended and the job is completed.  Raises what
 * drs_download_read() and drs_resultorder_take() raise and, for a row without
 * a prediction, 22000 unless rows may fail by themselves.
 */
extern bool drs_jobresult_next(JobResult *result, Answer *answer);

/* Are the answers to all rows formed?  Then the job is completed, too. */
extern bool drs_jobresult_is_over(const JobResult *result);

/* The job as it was last read; NULL: it was not.  Valid until the next drs_jobresult_next(). */
extern const Job *drs_jobresult_job(const JobResult *result);

/* When to call drs_jobresult_next() at the latest. */
extern TimestampTz drs_jobresult_due(const JobResult *result);

#endif							/* DRS_JOBRESULT_H */

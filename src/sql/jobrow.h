/*
 * jobrow.h
 *		A job as a value of the type datarobot.batch_job.
 */
#ifndef DRS_JOBROW_H
#define DRS_JOBROW_H

#include "fmgr.h"

#include "batch/job.h"
#include "sql/resultset.h"

/* The result of a function that returns datarobot.batch_job, as PG_RETURN_DATUM takes it. */
extern Datum drs_jobrow(FunctionCallInfo fcinfo, const Job *job);

/* Put a job as a row of a function that returns SETOF datarobot.batch_job. */
extern void drs_jobrow_put(ResultSet *result, const Job *job);

#endif							/* DRS_JOBROW_H */

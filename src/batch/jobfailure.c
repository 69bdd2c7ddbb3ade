/*
 * jobfailure.c
 *		Turns the status of a row into its failure.
 */
#include "postgres.h"

#include "base/servermessage.h"
#include "batch/jobfailure.h"

#define MAX_STATUS 1000			/* bytes of a status in a message */

RowFailure *
drs_jobfailure_of(const char *status, uint64 row, const char *job_id, bool isolates)
{
	char	   *line = drs_one_line(status, strlen(status), MAX_STATUS);
	RowFailure *failure;

	if (!isolates)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("DataRobot could not score row " UINT64_FORMAT, row),
				 errdetail("Its status in the result of batch job %s is: %s", job_id, line)));
	failure = palloc0(sizeof(RowFailure));
	failure->sqlerrcode = ERRCODE_DATA_EXCEPTION;
	failure->message = psprintf("DataRobot could not score row " UINT64_FORMAT ": %s", row, line);
	return failure;
}

/*
 * joboverdue.c
 *		Messages for jobs that take longer than they may.
 */
#include "postgres.h"

#include "base/compat.h"
#include "batch/joboverdue.h"

char *
drs_joboverdue_text(double ms)
{
	return ms < 1000 ? psprintf("%.10g ms", ms) : psprintf("%.10g s", ms / 1000);
}

void
drs_joboverdue_raise(const char *job_id, double ms, const char *status, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("the result of batch job %s was not complete after %s", job_id,
					drs_joboverdue_text(ms)),
			 status ? errdetail("The state of the job is %s.", status) : 0,
			 hint ? errhint("%s", hint) :
			 errhint("The job was left as it is: datarobot.batch_wait() waits for it,"
					 " datarobot.batch_abort() ends it.")));
}

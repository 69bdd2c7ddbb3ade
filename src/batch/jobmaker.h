/*
 * jobmaker.h
 *		Creates the jobs that score the rows of a call.
 */
#ifndef DRS_JOBMAKER_H
#define DRS_JOBMAKER_H

#include "api/client.h"
#include "batch/csvdialect.h"

typedef struct JobMaker JobMaker;

/*
 * In the current memory context; the arguments must live as long.  passed:
 * columns (of char *) to be passed through.  Raises for the option
 * batch_settings, and for parameters that jobs do not take.  Sends nothing.
 */
extern JobMaker *drs_jobmaker_create(PublicApi *api, const Options *options,
									 const char *deployment, List *passed);

/* The format of the data. */
extern const CsvDialect *drs_jobmaker_dialect(const JobMaker *maker);

/* Ask for the next job.  Does not wait.  One is created at a time. */
extern void drs_jobmaker_start(JobMaker *maker);

/* Was a job asked for that drs_jobmaker_poll() has not returned? */
extern bool drs_jobmaker_is_busy(const JobMaker *maker);

/*
 * The id of the job that was asked for, palloc'd; NULL while there is no
 * answer.  Never waits.  Unless the option batch_upload says how rows are sent,
 * a service that refuses the job is asked again for one without parts.  Raises
 * as drs_job_create() does.
 */
extern char *drs_jobmaker_poll(JobMaker *maker);

/* When to poll at the latest; DT_NOEND: when drs_api_wait() returns. */
extern TimestampTz drs_jobmaker_due(const JobMaker *maker);

/* Are the rows of the job made last sent in parts? */
extern bool drs_jobmaker_in_parts(const JobMaker *maker);

#endif							/* DRS_JOBMAKER_H */

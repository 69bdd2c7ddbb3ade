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

/*
 * Create a job and return its id, palloc'd.  Waits for the answer.  Unless the
 * option batch_upload says how rows are sent, a service that refuses parts is
 * asked again without them.  Raises as drs_job_create() does.
 */
extern char *drs_jobmaker_make(JobMaker *maker);

/* Are the rows of the job made last sent in parts? */
extern bool drs_jobmaker_in_parts(const JobMaker *maker);

#endif							/* DRS_JOBMAKER_H */

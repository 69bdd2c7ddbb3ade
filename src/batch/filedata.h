/*
 * filedata.h
 *		A file of the database server as the data of a job.
 */
#ifndef DRS_FILEDATA_H
#define DRS_FILEDATA_H

#include <stdio.h>

#include "batch/jobdata.h"

/*
 * Send an open file, which is in the job's dialect, and return its size in bytes.  path is
 * for messages.  In parts, each begins with its header line.  Raises what
 * drs_jobdata_send() raises and, in parts, what drs_csvtranslator_add() does.
 */
extern int64 drs_filedata_send(JobData *data, const char *path, FILE *file);

#endif							/* DRS_FILEDATA_H */

/*
 * rowdata.h
 *		The rows of a query as the data of a job.
 */
#ifndef DRS_ROWDATA_H
#define DRS_ROWDATA_H

#include "batch/jobdata.h"
#include "config/option.h"

/*
 * Send the rows of a query, all columns of which are features, and return their number.
 * Raises what drs_source_run(), the encoder and drs_jobdata_send() raise, and 54000 for a
 * row that is too large.
 */
extern int64 drs_rowdata_send(JobData *data, const char *query, const Options *options);

#endif							/* DRS_ROWDATA_H */

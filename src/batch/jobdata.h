/*
 * jobdata.h
 *		Sends data to a job that somebody else has made, and that waits for it.
 *
 * It is sent as the job's record says: in its dialect of CSV, as one request or in parts.
 */
#ifndef DRS_JOBDATA_H
#define DRS_JOBDATA_H

#include "batch/csvdialect.h"
#include "batch/job.h"
#include "config/endpoint.h"

typedef struct JobData JobData;

/*
 * Ask for the job, in the current memory context.  Raises 42704 when there is none, 55000
 * when its data comes from elsewhere, and what drs_job_raise() raises when it has ended.
 */
extern JobData *drs_jobdata_open(PublicApi *api, const char *job_id);

/* The dialect of the job, and whether its data goes in parts. */
extern const CsvDialect *drs_jobdata_dialect(const JobData *data);
extern bool drs_jobdata_is_multipart(const JobData *data);

/*
 * Set the header line, which must live as long as data; it begins the data and all of its
 * parts.  With a dialect, header and records are translated from our CSV into it.  To be
 * called at most once, before the first records; without it, the bytes are sent as they are,
 * and contain the header themselves.
 */
extern void drs_jobdata_set_header(JobData *data, const char *header, size_t len,
								   const CsvDialect *dialect);

/* Send whole records, waiting for room.  Raises what drs_upload_poll() raises. */
extern void drs_jobdata_write(JobData *data, const char *bytes, size_t len);

/*
 * Call send, which writes all records, then wait for the service to confirm them.  what is
 * where they come from, "the query", for an error (P0002) when there were none.  An upload
 * that breaks cannot be continued (docs/api.md 2.11): after an error the job is aborted at
 * the service, unless nothing was sent, or the service has refused the data.
 */
extern void drs_jobdata_send(JobData *data, const char *what,
							 void (*send) (JobData *data, void *arg), void *arg);

#endif							/* DRS_JOBDATA_H */

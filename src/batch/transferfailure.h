/*
 * transferfailure.h
 *		Messages for uploads and downloads of a job that the service ended.
 */
#ifndef DRS_TRANSFERFAILURE_H
#define DRS_TRANSFERFAILURE_H

#include "api/client.h"

/*
 * Raise for a request about the data or the result of a job, what, that did not end well:
 * "the data" or "the result".  The job is asked for first, within some seconds, because its
 * end is why the service refuses or closes connections: what drs_job_raise() raises for a
 * job that is aborted or failed; else an error about the answer, with what the job says of
 * itself in the DETAIL.
 */
pg_noreturn extern void drs_transfer_raise(PublicApi *api, const char *job_id, const char *what,
										   const ApiAnswer *answer);

#endif							/* DRS_TRANSFERFAILURE_H */

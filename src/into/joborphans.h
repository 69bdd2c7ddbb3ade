/*
 * joborphans.h
 *		Finds jobs at the service that no process waits for.
 *
 * What the ledger has is found there.  A process that was killed between the creation
 * of a job and its record has left a job that only the service knows: its mark, in the
 * name of the column that numbers its rows, says which run it belongs to.
 */
#ifndef DRS_JOBORPHANS_H
#define DRS_JOBORPHANS_H

#include "api/client.h"

/* A job that waits or runs at the service, and the mark that it has. */
typedef struct MarkedJob
{
	char	   *job_id;
	char	   *mark;
} MarkedJob;

/*
 * All marked jobs that wait or run, a List of MarkedJob *, of whatever run and database;
 * palloc'd.  False, with *refused, when the service does not list its jobs.  Raises 08P01
 * for what is no list of jobs.
 */
extern bool drs_joborphans_marked(PublicApi *api, List **jobs, ApiAnswer *refused);

#endif							/* DRS_JOBORPHANS_H */

/*
 * ledgerjob.h
 *		The table datarobot.run_job: the batch jobs of runs.
 *
 * A job is there before a row is sent to it, so whatever happens to the process, it can
 * be found again.  As for ledger.h, all functions need a transaction and raise what SQL
 * raises; what they return is palloc'd.
 */
#ifndef DRS_LEDGERJOB_H
#define DRS_LEDGERJOB_H

#include "nodes/pg_list.h"

#include "into/ledgernames.h"

typedef struct LedgerJob
{
	int64		run_id;
	int			part;
	int			number;			/* within the part, from 1 */
	char	   *job_id;			/* at the service */
	RunJobStage stage;
	int64		rows_before;	/* rows of the part that were read before its first */
	int64		rows;			/* once it is sealed; 0 before, as the next */
	List	   *last_key;		/* of char * */
} LedgerJob;

/* Add a job that has no rows yet. */
extern void drs_ledgerjob_add(const LedgerJob *job);

/* Record the stage, rows and last key of a job that was added. */
extern void drs_ledgerjob_change(const LedgerJob *job);

/* Record that all jobs of a run that may be of use, or running, were used. */
extern void drs_ledgerjob_settle_all(int64 run_id);

/*
 * The jobs of a part of a run, or of all parts if it is 0, that may be of use, or
 * running: a list of LedgerJob * in their order.
 */
extern List *drs_ledgerjob_open(int64 run_id, int part);

/* Is there a job of a run with this id? */
extern bool drs_ledgerjob_exists(int64 run_id, const char *job_id);

/* The number of the last job of a part; 0: there is none. */
extern int	drs_ledgerjob_last(int64 run_id, int part);

/* All such jobs of the current user's runs at a server that no process runs. */
extern List *drs_ledgerjob_orphans(const char *server);

/*
 * Whose is a job that has this mark?  The id of a run of the current user at the server,
 * unless a process runs it; 0: there is none.
 */
extern int64 drs_ledgerjob_marked(const char *server, const char *mark);

#endif							/* DRS_LEDGERJOB_H */

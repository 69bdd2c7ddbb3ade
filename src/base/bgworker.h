/*
 * bgworker.h
 *		Launches background workers with the rights and settings of the session, and
 *		waits for them.
 *
 * Launcher and workers share a piece of dynamic memory: the session's
 * database, roles and settings, a report of how each worker ended, and what
 * the caller wants to share.  No preloading is needed.
 */
#ifndef DRS_BGWORKER_H
#define DRS_BGWORKER_H

#include "utils/elog.h"

/* What workers are launched for. */
typedef struct WorkerJob
{
	const char *name;			/* for people, with what it is: "run 17" */
	const char *function;		/* of this library, exported: it calls drs_bgworker_main() */
	int			nworkers;
	Size		shared_size;	/* bytes that launcher and workers share */
	void		(*init_shared) (void *shared, void *arg);	/* called before the first is
															 * launched, with zeroed bytes */
	/* called when all have ended, in whatever way; must not raise */
	void		(*read_shared) (const void *shared, void *arg);
	void	   *arg;				/* of both */
	const char *hint_none_free; /* when there are too few slots */
	const char *hint_killed;	/* when one ended without a report */
} WorkerJob;

/*
 * Have a job done by its workers and wait until all have ended; once one has
 * failed or the wait is interrupted, the others are terminated.  Returns NULL
 * when all have done their part, or else the error: the interrupt's, that of
 * the first worker with one of its own, or 57P01 for one that was killed; it is
 * copied into the current memory context.  Ends transactions as
 * drs_next_transaction() does, so that the wait is not within one.
 */
extern ErrorData *drs_bgworker_run(const WorkerJob *job);

/*
 * Do a worker's part of a job; index is its number, from 0.  It is called outside of
 * any transaction, with the session's rights and settings.
 */
typedef void (*WorkerPart) (void *shared, int index);

/*
 * All that the main function of a worker has to do; arg is its argument.  What the
 * part raises is reported to the launcher and not to the log.
 */
extern void drs_bgworker_main(Datum arg, WorkerPart work);

#endif							/* DRS_BGWORKER_H */

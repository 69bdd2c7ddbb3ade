/*
 * waitevents.h
 *		What this extension waits for, as pg_stat_activity shows it.
 *
 * Releases before 17 know one event for all extensions and show "Extension".
 * What is waited for by a lock (an identical call, rows of others) is shown as
 * that lock.
 */
#ifndef DRS_WAITEVENTS_H
#define DRS_WAITEVENTS_H

typedef enum WaitCause
{
	WAIT_FOR_ANSWER,			/* of a server, or for a permit to send the next request */
	WAIT_FOR_WORKERS,			/* the leader, until they end */
	WAIT_FOR_READERS,			/* a worker, until the others have read
								 * what they must not see changed */
	WAIT_TO_WRITE_AGAIN			/* another transaction was in the way */
} WaitCause;

/*
 * The event to hand to whatever waits.  The first call for each may raise:
 * there is room for 128 names in a server.
 */
extern uint32 drs_wait_event(WaitCause cause);

#endif							/* DRS_WAITEVENTS_H */

/*
 * lastrun.h
 *		The run whose id datarobot.last_run() returns.
 */
#ifndef DRS_LASTRUN_H
#define DRS_LASTRUN_H

/* A call begins: until it has a run, last_run() returns NULL. */
extern void drs_last_run_forget(void);

/*
 * This is the run of the call, for its transaction, and for the session when
 * that is the client's own.
 */
extern void drs_last_run_note(int64 run_id);

#endif							/* DRS_LASTRUN_H */

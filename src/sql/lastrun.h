/*
 * lastrun.h
 *		The run that datarobot.last_run() tells of.
 */
#ifndef DRS_LASTRUN_H
#define DRS_LASTRUN_H

/* A call is being made: until it has a run, there is none to tell of. */
extern void drs_last_run_forget(void);

/*
 * This is the run of the call, for its transaction, and for the session when
 * that is the client's own.
 */
extern void drs_last_run_note(int64 run_id);

#endif							/* DRS_LASTRUN_H */

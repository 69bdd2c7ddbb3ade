/*
 * lastrun.h
 *		The run whose id datarobot.last_run() returns.
 */
#ifndef DRS_LASTRUN_H
#define DRS_LASTRUN_H

/* Forget the last run, as a call begins: until that has a run, last_run() returns NULL. */
extern void drs_last_run_forget(void);

/*
 * Note the run of a call: until the transaction ends or, if the session is the client's
 * own, until the session ends.
 */
extern void drs_last_run_note(int64 run_id);

#endif							/* DRS_LASTRUN_H */

/*
 * ledgernames.h
 *		What the ledger calls the states and modes of runs, and the kinds of locks.
 *
 * The script of the extension has the same names and numbers in its CHECK
 * constraints and its view; test/check/ledger_names compares them.
 */
#ifndef DRS_LEDGERNAMES_H
#define DRS_LEDGERNAMES_H

/* A crash leaves a run in the state running: its lock shows whether a process works on it. */
typedef enum RunState
{
	RUN_RUNNING,
	RUN_COMPLETED,
	RUN_FAILED,
	RUN_CANCELLED,
	RUN_SKIPPED					/* an identical call was running */
} RunState;

typedef enum RunMode
{
	RUN_SLICED,					/* it commits as it goes, and can be continued */
	RUN_TRANSACTION				/* it is part of its caller's transaction */
} RunMode;

/*
 * Fourth field of our locks, which pg_locks shows as objsubid; the server's own
 * locks on objects have 0.  The view datarobot.run_status looks for LOCK_RUN.
 */
typedef enum LockKind
{
	LOCK_RUN = 3,
	LOCK_CALL = 4,				/* shared by identical calls */
	LOCK_PROCESS = 5,			/* of a process, while it makes a call */
	LOCK_PART = 16				/* plus the part's number */
} LockKind;

extern const char *drs_run_state_name(RunState state);
extern const char *drs_run_mode_name(RunMode mode);

/* The state or mode of that name.  Raises XX000 for any other. */
extern RunState drs_run_state_of(const char *name);
extern RunMode drs_run_mode_of(const char *name);

#endif							/* DRS_LEDGERNAMES_H */

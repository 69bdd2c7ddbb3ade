/*
 * ledgernames.h
 *		What the ledger calls the states and modes of runs and the stages of their jobs,
 *		and the kinds of locks.
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
	RUN_TRANSACTION,			/* it is part of its caller's transaction */
	RUN_SHARDS					/* nodes score their shards, in runs of their own */
} RunMode;

/* Of a job.  Those until it is settled are of jobs that may still be of use, or running. */
typedef enum RunJobStage
{
	RUN_JOB_BEGUN,				/* it exists at the service; its rows may have been sent */
	RUN_JOB_SEALED,				/* it has all its rows, but the end may not have been sent */
	RUN_JOB_SENT,				/* the service has confirmed that it has all of it */
	RUN_JOB_SETTLED,			/* its predictions are committed */
	RUN_JOB_ABORTED,			/* it is of no use: aborted, by us or by the service */
	RUN_JOB_LOST				/* likewise: failed, not known to the service, or expired */
} RunJobStage;

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
extern const char *drs_run_stage_name(RunJobStage stage);

/* The state, mode or stage of that name.  Raises XX000 for any other. */
extern RunState drs_run_state_of(const char *name);
extern RunMode drs_run_mode_of(const char *name);
extern RunJobStage drs_run_stage_of(const char *name);

#endif							/* DRS_LEDGERNAMES_H */

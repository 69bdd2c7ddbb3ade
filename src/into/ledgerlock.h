/*
 * ledgerlock.h
 *		Locks on runs, their parts and the calls that make them.
 *
 * They are the session's, and end with it however it ends.  A memory context
 * gives a lock back when it goes.
 */
#ifndef DRS_LEDGERLOCK_H
#define DRS_LEDGERLOCK_H

#include "into/ledger.h"

/*
 * Take a run for this process, until cxt goes.  When another process has it,
 * false is returned, and its process id, or 0 when that is not to be seen.
 */
extern bool drs_ledger_lock(int64 run_id, MemoryContext cxt, int *holder);

/* The same for a part of it, which is what a worker takes. */
extern bool drs_ledger_lock_part(int64 run_id, int part, MemoryContext cxt);

/*
 * A transaction that is rolled back as a whole lets go of all these locks.
 * Take those again that are missing; false: another process has a run or part
 * by now.
 */
extern bool drs_ledger_keep_locks(void);

/*
 * Take part in the lock that identical calls of a role share, by a hash of
 * what is called, until cxt goes.  alone: only when no other has it, which
 * with wait is waited for.
 */
extern bool drs_ledger_lock_call(const LedgerRun *run, bool alone, bool wait, MemoryContext cxt,
								 int *holder);

#endif							/* DRS_LEDGERLOCK_H */

/*
 * ledgerlock.h
 *		Locks on runs, their parts and the calls that make them.
 *
 * They belong to the session, and end with it however it ends.  Each is released when
 * a memory context is reset or deleted.
 */
#ifndef DRS_LEDGERLOCK_H
#define DRS_LEDGERLOCK_H

#include "into/ledger.h"

/*
 * Lock a run for this process, until cxt goes.  Returns false when another process
 * has it; *holder is then its process id, or 0 if that cannot be seen.
 */
extern bool drs_ledger_lock(int64 run_id, MemoryContext cxt, int *holder);

/* The same for a part of a run, which is what a worker locks. */
extern bool drs_ledger_lock_part(int64 run_id, int part, MemoryContext cxt);

/*
 * A transaction that is rolled back as a whole releases all these locks.  Take the
 * missing ones again; false: another process has a run or part by now.
 */
extern bool drs_ledger_keep_locks(void);

/*
 * Take the lock that identical calls of a role share, found by a hash of the call,
 * until cxt goes.  alone: only if no other process has it; with wait, wait until none
 * has, else return false, with *holder as above.
 */
extern bool drs_ledger_lock_call(const LedgerRun *run, bool alone, bool wait, MemoryContext cxt,
								 int *holder);

#endif							/* DRS_LEDGERLOCK_H */

/*
 * callclaim.h
 *		Keeps identical calls of a role apart, as the option if_running says.
 */
#ifndef DRS_CALLCLAIM_H
#define DRS_CALLCLAIM_H

#include "config/option.h"
#include "into/ledger.h"

/*
 * Take the lock that identical calls share, until the current memory context goes;
 * alone, unless others may run.  False: the call is to be skipped, since another
 * process has it; *holder is its id, or 0 if that cannot be seen.  Raises 55006 when
 * the call is not to be skipped but to fail.  It waits in a transaction of its own if
 * may_commit says that the caller's may be ended.
 */
extern bool drs_callclaim_take(const LedgerRun *run, IfRunning if_running, bool may_commit,
							   int *holder);

/* Record in the ledger, and say, that the call is skipped because of this process. */
extern void drs_callclaim_skip(LedgerRun *run, int holder);

#endif							/* DRS_CALLCLAIM_H */

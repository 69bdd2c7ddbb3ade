/*
 * subxact.h
 *		Runs a piece of work that may fail, and undoes it when it does.
 */
#ifndef DRS_SUBXACT_H
#define DRS_SUBXACT_H

#include "utils/elog.h"

/*
 * Call work(arg) in a subtransaction of its own; with snapshot, under a new
 * active snapshot that sees what this transaction has done so far.  Returns
 * NULL when work came to its end, or else its error, copied into the caller's
 * memory context (FreeErrorData frees it), with everything undone in the
 * database.  Memory contexts that work made under those of the caller are
 * kept, SPI connections that it opened are closed.
 *
 * work starts in the caller's memory context and must not end the
 * transaction.  A cancel is caught like any other error: the caller throws it
 * again (ThrowErrorData) when drs_error_is_of_row says no.  Raises itself only
 * when no subtransaction can be started.
 */
extern ErrorData *drs_attempt(void (*work) (void *arg), void *arg, bool snapshot);

/*
 * Can one be started that changes nothing?  Not in parallel mode before 17:
 * work is then done without, and what it raises is raised.
 */
extern bool drs_can_attempt(void);

/*
 * Call work(arg) in the same way, only to see whether it goes well: whatever
 * it does is undone.  Raises its error.
 */
extern void drs_try_out(void (*work) (void *arg), void *arg);

/*
 * End the transaction and begin another, in a procedure that may.  Whatever
 * the session's default, the new one is READ COMMITTED: what is done in
 * several transactions has to see what others have committed in between.
 */
extern void drs_next_transaction(void);

/*
 * The same, returning NULL, or why it went wrong, copied likewise; everything is undone then, too.
 */
extern ErrorData *drs_commit(void);

/*
 * Is it the row's fault: a value that does not fit (class 22), a constraint
 * (23), a view's WITH CHECK OPTION (44000), or a trigger's RAISE (P0001)?
 */
extern bool drs_error_is_of_row(const ErrorData *error);

#endif							/* DRS_SUBXACT_H */

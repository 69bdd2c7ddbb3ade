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
 * NULL when work returned, or else its error, palloc'd in the caller's memory
 * context (FreeErrorData frees it), with its changes to the database undone.
 * Memory contexts that work made under those of the caller are kept; SPI
 * connections that it opened are closed.
 *
 * work starts in the caller's memory context and must not end the transaction.
 * A cancel is caught like any other error, so the caller throws errors again
 * (ThrowErrorData) unless drs_error_is_of_row is true.  Raises only when no
 * subtransaction can be started.
 */
extern ErrorData *drs_attempt(void (*work) (void *arg), void *arg, bool snapshot);

/*
 * Can a subtransaction be started that changes nothing?  Not in parallel mode
 * before 17: then callers call work without one, and its error is raised.
 */
extern bool drs_can_attempt(void);

/*
 * Call work(arg) in a subtransaction only to see whether it succeeds: whatever
 * it does is undone.  Raises its error.
 */
extern void drs_try_out(void (*work) (void *arg), void *arg);

/*
 * Commit and begin another transaction, in a procedure that may.  The new one
 * is READ COMMITTED, whatever the session's default: work in several
 * transactions has to see what others have committed in between.  Raises when
 * the commit fails.
 */
extern void drs_next_transaction(void);

/*
 * The same, but returns NULL, or the error, palloc'd in the caller's memory
 * context, with everything undone.
 */
extern ErrorData *drs_commit(void);

/*
 * Is the row the cause: by a value that does not fit (class 22), a constraint
 * (23), a view's WITH CHECK OPTION (44000), or a trigger's RAISE (P0001)?
 */
extern bool drs_error_is_of_row(const ErrorData *error);

#endif							/* DRS_SUBXACT_H */

/*
 * owntransactions.h
 *		May a procedure end the transaction in which it was called?
 */
#ifndef DRS_OWNTRANSACTIONS_H
#define DRS_OWNTRANSACTIONS_H

#include "fmgr.h"

/*
 * Why a call must not end transactions, as a clause; NULL: it may.  It must not inside
 * a transaction block or a function, nor where that would revert what the caller has
 * set for this transaction only: the role could be among that, or what row security
 * depends on.
 */
extern const char *drs_why_bound(FunctionCallInfo fcinfo);

/* Raise 25001 for a procedure of that name that must not, and cannot do without. */
extern void drs_refuse_bound(FunctionCallInfo fcinfo, const char *name);

#endif							/* DRS_OWNTRANSACTIONS_H */

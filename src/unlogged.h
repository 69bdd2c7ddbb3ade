/*
 * unlogged.h
 *		Unlogged tables that a crash empties.
 *
 * The ledger is logged, and so outlives what a run wrote to a table that is
 * not: on another server that took over, or when one process was killed.
 * PostgreSQL licence.
 */
#ifndef DRS_UNLOGGED_H
#define DRS_UNLOGGED_H

/*
 * Raise (55000) when target leads to unlogged tables and all of them are empty:
 * for who knows that rows were written there.  name is the target's.
 */
extern void drs_unlogged_check(Oid target, const char *name);

#endif							/* DRS_UNLOGGED_H */

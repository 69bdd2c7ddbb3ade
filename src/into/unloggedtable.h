/*
 * unloggedtable.h
 *		Unlogged tables that a crash empties.
 *
 * The ledger is logged, and so outlives what a run wrote to a table that is not: on a
 * standby that was promoted, or after one process was killed.
 */
#ifndef DRS_UNLOGGEDTABLE_H
#define DRS_UNLOGGEDTABLE_H

/*
 * Raise 55000 when target leads to an unlogged table, and the run's mark in an
 * unlogged table of ours is gone.  For callers who know that rows were written there;
 * name is the target's.
 */
extern void drs_unloggedtable_check(int64 run_id, Oid target, const char *name);

#endif							/* DRS_UNLOGGEDTABLE_H */

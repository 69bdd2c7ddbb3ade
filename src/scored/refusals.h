/*
 * refusals.h
 *		What cannot be done with a scored table, and what to do instead.
 */
#ifndef DRS_REFUSALS_H
#define DRS_REFUSALS_H

#include "foreign/fdwapi.h"

/* Callbacks of FdwRoutine.  These two say what can be done: nothing. */
extern int	drs_refusals_updatable(Relation rel);
extern bool drs_refusals_analyze(Relation relation, AcquireSampleRowsFunc *func,
								 BlockNumber *totalpages);

/* These raise 0A000. */
extern List *drs_refusals_modify(PlannerInfo *root, ModifyTable *plan, Index result_relation,
								 int subplan_index);
extern void drs_refusals_truncate(List *rels, DropBehavior behavior, bool restart_seqs);

#endif							/* DRS_REFUSALS_H */

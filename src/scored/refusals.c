/*
 * refusals.c
 *		What cannot be done with a scored table, and what to do instead.
 */
#include "postgres.h"

#include "scored/refusals.h"

int
drs_refusals_updatable(Relation rel)
{
	return 0;
}

bool
drs_refusals_analyze(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	return false;
}

List *
drs_refusals_modify(PlannerInfo *root, ModifyTable *plan, Index result_relation,
					int subplan_index)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("scored tables are not supported yet")));
	return NIL;
}

void
drs_refusals_truncate(List *rels, DropBehavior behavior, bool restart_seqs)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("scored tables are not supported yet")));
}

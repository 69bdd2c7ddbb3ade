/*
 * refusals.c
 *		What cannot be done with a scored table, and what to do instead.
 *
 * COPY FROM and rows that a partitioned table routes here are refused by
 * PostgreSQL before it asks us.
 */
#include "postgres.h"

#include "nodes/pathnodes.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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

static void
refuse(const char *action, Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot %s scored table \"%s\"", action, get_rel_name(relid)),
			 errdetail("Its rows are those of a query, with their predictions."),
			 errhint("Write to the tables that its query reads, or save predictions in a table"
					 " with score_into.")));
}

List *
drs_refusals_modify(PlannerInfo *root, ModifyTable *plan, Index result_relation,
					int subplan_index)
{
	refuse(plan->operation == CMD_INSERT ? "insert into" :
		   plan->operation == CMD_UPDATE ? "update" : "delete from",
		   planner_rt_fetch(result_relation, root)->relid);
	return NIL;
}

void
drs_refusals_truncate(List *rels, DropBehavior behavior, bool restart_seqs)
{
	refuse("truncate", RelationGetRelid((Relation) linitial(rels)));
}

/*
 * planseek.c
 *		Finds out whether a prepared plan can begin to read at a key.
 */
#include "postgres.h"

#include "executor/spi_priv.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

#include "rows/planseek.h"

static bool
mentions_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	/* the caller's query has no parameters, so this is one of the bound */
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return true;
	return expression_tree_walker(node, mentions_parameter, context);
}

static bool node_seeks(const Plan *plan);

static bool
all_seek(List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
		if (!node_seeks(lfirst(lc)))
			return false;
	return plans != NIL;
}

/*
 * Follow the order of the rows down to the node that provides it, through
 * nodes that pass rows on one by one.  Below any other node, rows after the
 * LIMIT would be read, too.
 */
static bool
node_seeks(const Plan *plan)
{
	if (plan == NULL)
		return false;
	switch (nodeTag(plan))
	{
		case T_Result:
		case T_NestLoop:
			return node_seeks(outerPlan(plan));
		case T_SubqueryScan:
			return plan->qual == NIL && node_seeks(((const SubqueryScan *) plan)->subplan);
		case T_Append:
			return all_seek(((const Append *) plan)->appendplans);
		case T_MergeAppend:
			return all_seek(((const MergeAppend *) plan)->mergeplans);
		case T_IndexScan:
			return mentions_parameter((Node *) ((const IndexScan *) plan)->indexqual, NULL);
		case T_IndexOnlyScan:
			return mentions_parameter((Node *) ((const IndexOnlyScan *) plan)->indexqual, NULL);
		default:
			return false;
	}
}

/* The cost before the first row, as of a subquery, would be paid again by each batch. */
static bool
top_seeks(const Plan *top)
{
	return IsA(top, Limit) && top->startup_cost <= top->total_cost / 2 &&
		node_seeks(outerPlan(top));
}

/*
 * For a single batch, an index on some of the columns with an incremental sort
 * can be slightly cheaper than one on all of them.  But it reads a whole group
 * of rows again in each batch, so that plan is disabled.
 */
bool
drs_plan_seeks(SPIPlanPtr plan)
{
	int			nestlevel = NewGUCNestLevel();
	CachedPlan *cached;
	bool		seeks;

	(void) set_config_option("enable_incremental_sort", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	cached = SPI_plan_get_cached_plan(plan);	/* the one that would be run now */
	if (cached == NULL)
		elog(ERROR, "a query has no plan of its own");
	seeks = top_seeks(linitial_node(PlannedStmt, cached->stmt_list)->planTree);
	ReleaseCachedPlan(cached, plan->saved ? CurrentResourceOwner : NULL);
	AtEOXact_GUC(true, nestlevel);
	return seeks;
}

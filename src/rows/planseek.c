/*
 * planseek.c
 *		What a prepared plan tells about reading by key.
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
	/* the caller's query has none, so it is of the bound */
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
 * Follow the rows' order down to where it comes from.  Only nodes that pass
 * rows on as they come are let through: below any other, what is behind the
 * LIMIT is read too.
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

/*
 * What comes before the first row, such as a subquery of
 * its own, would be paid again in every bit.
 */
static bool
top_seeks(const Plan *top)
{
	return IsA(top, Limit) && top->startup_cost <= top->total_cost / 2 &&
		node_seeks(outerPlan(top));
}

/*
 * An index on some of the columns, with an incremental sort behind it, can be
 * a trifle cheaper in one bit than the one on all of them; but it reads a
 * whole group of rows again in every bit.  So it is not offered.
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

/*
 * scanrepeat.c
 *		Can a scan be started again with the same values, so that its rows have to
 *		be kept?
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"

#include "scored/scanrepeat.h"

/*
 * Is it below a correlated subquery?  The executor starts the subqueries in their order,
 * so the first that is not there yet is the one that is being started.
 */
static bool
is_correlated(const EState *estate)
{
	int			number = list_length(estate->es_subplanstates);
	const List *subplans = estate->es_plannedstmt->subplans;
	const Plan *plan = number < list_length(subplans) ? list_nth(subplans, number) : NULL;

	return plan && !bms_is_empty(plan->extParam);
}

bool
drs_scanrepeat_is_announced(const ForeignScanState *node, int eflags)
{
	return (eflags & EXEC_FLAG_REWIND) != 0 || is_correlated(node->ss.ps.state);
}

/* Is there a value of the executor that no InitPlan is to compute? */
static bool
has_outer_value(Node *expression, void *arg)
{
	const EState *estate = arg;

	if (expression == NULL)
		return false;
	if (IsA(expression, Param) && ((Param *) expression)->paramkind == PARAM_EXEC)
		return estate->es_param_exec_vals[((Param *) expression)->paramid].execPlan == NULL;
	return expression_tree_walker(expression, has_outer_value, arg);
}

static bool
has_executor_value(Node *expression, void *arg)
{
	if (expression == NULL)
		return false;
	if (IsA(expression, Param) && ((Param *) expression)->paramkind == PARAM_EXEC)
		return true;
	return expression_tree_walker(expression, has_executor_value, arg);
}

bool
drs_scanrepeat_can_change(const ForeignScanState *node)
{
	return has_executor_value((Node *) ((ForeignScan *) node->ss.ps.plan)->fdw_exprs, NULL);
}

bool
drs_scanrepeat_depends(const ForeignScanState *node)
{
	const Plan *plan = node->ss.ps.plan;

	return drs_scanrepeat_varies(node) ||
		has_outer_value((Node *) plan->qual, node->ss.ps.state) ||
		has_outer_value((Node *) plan->targetlist, node->ss.ps.state);
}

bool
drs_scanrepeat_varies(const ForeignScanState *node)
{
	const ForeignScan *plan = (const ForeignScan *) node->ss.ps.plan;

	return has_outer_value((Node *) plan->fdw_exprs, node->ss.ps.state);
}

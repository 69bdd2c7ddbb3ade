/*
 * queryestimate.c
 *		What the planner expects of a scored table's query.
 */
#include "postgres.h"

#include "parser/parse_oper.h"
#include "utils/lsyscache.h"

#include "scored/queryestimate.h"

/*
 * How deep a query may be planned while it is planned.  A stable function in a
 * condition, which the planner calls for an estimate, may read the table once
 * more; a query that reads the table itself never ends.
 */
#define MAX_DEPTH 8

/* Tables whose queries are being planned, from the innermost out, on the C stack. */
typedef struct TableInPlanning
{
	Oid			relid;
	struct TableInPlanning *outer;
} TableInPlanning;

static TableInPlanning *innermost = NULL;

/* Raise when the table's query is planned for a plan of itself. */
static void
check_recursion(const ScoredTable *table)
{
	int			depth = 0;

	for (const TableInPlanning *planned = innermost; planned; planned = planned->outer)
		if (planned->relid == table->relid)
			depth++;
	if (depth >= MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("infinite recursion in the query of foreign table \"%s\"",
						get_rel_name(table->relid))));
}

/* What the statement's plan depends on beside the table: whatever the query's plan does. */
static void
add_dependencies(PlannerGlobal *glob, const PlannedStmt *plan)
{
	glob->relationOids = list_concat_unique_oid(glob->relationOids, plan->relationOids);
	glob->invalItems = list_concat(glob->invalItems, copyObject(plan->invalItems));
	glob->dependsOnRole |= plan->dependsOnRole;
}

static const Plan *
plan_query(const QueryEstimate *estimate, const Query *wrapped, bool fast_start)
{
	TableInPlanning planned = {estimate->table->relid, innermost};
	PlannedStmt *plan = NULL;

	check_recursion(estimate->table);
	innermost = &planned;
	PG_TRY();
	{
		plan = drs_sourcequery_plan(wrapped, estimate->source->text, fast_start, NULL);
	}
	PG_FINALLY();
	{
		innermost = planned.outer;
	}
	PG_END_TRY();
	add_dependencies(estimate->glob, plan);
	return plan->planTree;
}

const Plan *
drs_queryestimate(const QueryEstimate *estimate, const SourceAsk *ask)
{
	return plan_query(estimate, drs_sourcequery_wrap(estimate->source, estimate->table, ask),
					  ask->fast_start);
}

/* The rows of SELECT DISTINCT ON (column). */
double
drs_queryestimate_distinct(const QueryEstimate *estimate, int column)
{
	SourceSort	sort = {.column = column};
	SourceAsk	ask = {.sort = list_make1(&sort)};
	Query	   *wrapped;

	get_sort_group_operators(TupleDescAttr(estimate->source->desc, column)->atttypid, false,
							 false, false, &sort.sortop, &sort.eqop, NULL, &sort.hashable);
	if (!OidIsValid(sort.sortop) || !OidIsValid(sort.eqop))
		return 0;
	wrapped = drs_sourcequery_wrap(estimate->source, estimate->table, &ask);
	wrapped->distinctClause = copyObject(wrapped->sortClause);
	wrapped->hasDistinctOn = true;
	return plan_query(estimate, wrapped, false)->plan_rows;
}

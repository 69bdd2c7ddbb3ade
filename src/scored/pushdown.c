/*
 * pushdown.c
 *		Which conditions of an outer query may be evaluated in the query of a
 *		scored table, and their form there.
 */
#include "postgres.h"

#include "scored/pushdown.h"

bool
drs_pushdown_may(const PushMap *map, PlannerInfo *root, RelOptInfo *rel, Expr *clause)
{
	return false;
}

int
drs_pushdown_column(const PushMap *map, Expr *expr)
{
	return -1;
}

Node *
drs_pushdown_translate(const PushMap *map, Node *clause, List **params)
{
	return copyObject(clause);
}

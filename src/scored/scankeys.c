/*
 * scankeys.c
 *		Lets the planner know which columns of a scored table are keys.
 *
 * A foreign table has no statistics, and the planner takes a column without
 * them for one of 200 values.  Then a join of five rows with a million by
 * their key is expected to give 25,000, and whatever is joined next would be
 * read as a whole, and sent.  A unique index is the other thing that estimates
 * go by.  So the table gets a hypothetical one in its RelOptInfo.  It is
 * "deferrable", by which the planner draws no conclusions but for estimates.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "scored/scankeys.h"

/* Of the rows of a key's column, at least this share is expected to have a value of its own. */
#define KEY_SHARE 0.9

/* The column of ours that is one side of an equality; 0: there is none. */
static AttrNumber
compared_column(const PushMap *map, const RestrictInfo *condition)
{
	ListCell   *lc;

	if (condition->mergeopfamilies == NIL || !is_opclause(condition->clause))
		return 0;
	foreach(lc, ((OpExpr *) condition->clause)->args)
	{
		Expr	   *side = (Expr *) strip_implicit_coercions(lfirst(lc));

		if (drs_pushdown_column(map, side) >= 0)
			return ((Var *) side)->varattno;
	}
	return 0;
}

static bool
has_index(const RelOptInfo *rel, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, rel->indexlist)
		if (((IndexOptInfo *) lfirst(lc))->indexkeys[0] == attno)
			return true;
	return false;
}

static void
add_index(RelOptInfo *rel, AttrNumber attno)
{
	IndexOptInfo *index = makeNode(IndexOptInfo);

	index->rel = rel;
	index->ncolumns = index->nkeycolumns = 1;
	index->indexkeys = palloc(sizeof(int));
	index->indexkeys[0] = attno;
	index->unique = true;
	index->immediate = false;
	index->hypothetical = true;
	rel->indexlist = lappend(rel->indexlist, index);
}

void
drs_scankeys_add(const QueryEstimate *estimate, const PushMap *map, RelOptInfo *rel,
				 List *conditions)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		AttrNumber	attno = compared_column(map, lfirst(lc));

		if (attno > 0 && !has_index(rel, attno) &&
			drs_queryestimate_distinct(estimate, map->columns[attno - 1].source) >=
			rel->tuples * KEY_SHARE)
			add_index(rel, attno);
	}
}

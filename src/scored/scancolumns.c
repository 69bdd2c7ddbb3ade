/*
 * scancolumns.c
 *		Which columns of a scored table a statement reads.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "optimizer/restrictinfo.h"

#include "scored/scancolumns.h"

/* The member for an attribute number in sets that pull_varattnos() makes. */
#define MEMBER(attno) ((attno) - FirstLowInvalidHeapAttributeNumber)

static bool
is_whole_row(const Node *node, Index relid)
{
	const Var  *var = (const Var *) node;

	return IsA(node, Var) && (Index) var->varno == relid && var->varattno == 0;
}

/* Does the statement's result, or RETURNING, contain the whole row? */
static bool
returns_whole_row(PlannerInfo *root, Index relid)
{
	Bitmapset  *read = NULL;
	ListCell   *lc;

	foreach(lc, root->processed_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk || entry->ressortgroupref != 0 ||
			!is_whole_row((Node *) entry->expr, relid))
			pull_varattnos((Node *) entry->expr, relid, &read);
	}
	pull_varattnos((Node *) root->parse->returningList, relid, &read);
	return bms_is_member(MEMBER(0), read);
}

/*
 * Is a whole row among what is read only because the statement locks rows, of
 * this or another relation?  Then it is stored, to evaluate the statement's
 * expressions again if a row that was to be locked has changed.  These read no
 * other columns than before.
 */
static bool
is_for_locking(PlannerInfo *root, RelOptInfo *rel)
{
	int			user;

	return rel->reloptkind == RELOPT_BASEREL &&
		get_plan_rowmark(root->rowMarks, rel->relid) != NULL &&
		root->parse->mergeActionList == NIL &&
		/* 0 is the result; all else are joins */
		bms_get_singleton_member(rel->attr_needed[0 - rel->min_attr], &user) && user == 0 &&
		!returns_whole_row(root, rel->relid);
}

/* What is read, as pull_varattnos() has it. */
static Bitmapset *
attributes_read(PlannerInfo *root, RelOptInfo *rel, List *pushed, List *local)
{
	bool		locks = is_for_locking(root, rel);
	Bitmapset  *read = NULL;
	ListCell   *lc;

	foreach(lc, rel->reltarget->exprs)
		if (!locks || !is_whole_row(lfirst(lc), rel->relid))
			pull_varattnos(lfirst(lc), rel->relid, &read);
	pull_varattnos((Node *) extract_actual_clauses(local, false), rel->relid, &read);
	/* these are evaluated again, too */
	if (locks)
		pull_varattnos((Node *) extract_actual_clauses(pushed, false), rel->relid, &read);
	return read;
}

List *
drs_scancolumns(PlannerInfo *root, RelOptInfo *rel, const PushMap *map, List *pushed, List *local)
{
	Bitmapset  *read = attributes_read(root, rel, pushed, local);
	bool		whole = bms_is_member(MEMBER(0), read);
	List	   *columns = NIL;

	for (int attno = 1; attno <= map->table->natts; attno++)
		if (map->columns[attno - 1].output && (whole || bms_is_member(MEMBER(attno), read)))
			columns = lappend_int(columns, attno);
	return columns;
}

bool
drs_scancolumns_need_answer(const PushMap *map, const List *columns)
{
	ListCell   *lc;

	if (map->series_only)
		return true;
	foreach(lc, columns)
	{
		const ScoredColumn *column = &map->columns[lfirst_int(lc) - 1];

		/* rows are counted here */
		if (column->source < 0 && strcmp(column->output, "row_number") != 0)
			return true;
	}
	return false;
}

/*
 * scanouter.c
 *		By which values of other relations a scored table can be asked.
 *
 * A join condition that can be pushed makes a scan for each row of the other
 * relation possible, with its values as parameters.  Such conditions are of
 * two kinds, as for indexes: some the planner keeps as they were written, and
 * equalities it derives from its classes of equal expressions on demand.
 */
#include "postgres.h"

#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "scored/scanouter.h"

/* Each set of relations costs a plan of the query; more are not looked for. */
#define MAX_PARAMETERIZATIONS 8

/* Takes the expressions of the relation one after the other. */
typedef struct NextMember
{
	Expr	   *current;		/* NULL: all were taken */
	List	   *taken;
} NextMember;

bool
drs_scanouter_may(const PushMap *map, RelOptInfo *rel, RestrictInfo *condition)
{
	return restriction_is_securely_promotable(condition, rel) &&
		drs_pushdown_may(map, condition->clause);
}

/* Add the relations that the condition needs beside this one. */
static List *
add_parameterization(List *infos, const PushMap *map, PlannerInfo *root, RelOptInfo *rel,
					 RestrictInfo *condition)
{
	Relids		outer;

	if (list_length(infos) >= MAX_PARAMETERIZATIONS ||
		!join_clause_is_movable_to(condition, rel) ||
		!drs_scanouter_may(map, rel, condition))
		return infos;
	outer = bms_union(condition->clause_relids, rel->lateral_relids);
	outer = bms_del_members(outer, rel->relids);
	if (bms_is_empty(outer))
		return infos;
	/* one for each set, always the same */
	return list_append_unique_ptr(infos, get_baserel_parampathinfo(root, rel, outer));
}

static bool
is_next_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec, EquivalenceMember *em,
			   void *arg)
{
	NextMember *next = arg;

	if (next->current)
		return equal(em->em_expr, next->current);
	if (list_member(next->taken, em->em_expr))
		return false;
	next->current = em->em_expr;
	return true;
}

/* Add what equalities of the relation's expressions with others need. */
static List *
add_equalities(List *infos, const PushMap *map, PlannerInfo *root, RelOptInfo *rel)
{
	NextMember	next = {NULL, NIL};

	do
	{
		List	   *conditions;
		ListCell   *lc;

		next.current = NULL;
		conditions = generate_implied_equalities_for_column(root, rel, is_next_member, &next,
															rel->lateral_referencers);
		foreach(lc, conditions)
			infos = add_parameterization(infos, map, root, rel, lfirst(lc));
		next.taken = lappend(next.taken, next.current);
	} while (next.current != NULL);
	return infos;
}

List *
drs_scanouter(const PushMap *map, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *infos = NIL;
	ListCell   *lc;

	foreach(lc, rel->joininfo)
		infos = add_parameterization(infos, map, root, rel, lfirst(lc));
	return rel->has_eclass_joins ? add_equalities(infos, map, root, rel) : infos;
}

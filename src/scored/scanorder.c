/*
 * scanorder.c
 *		How much of an order that a statement wants the query of a scored table
 *		can give.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "scored/scanorder.h"

/*
 * The column of the query that the pathkey orders by, and the type that it is
 * compared as; -1: there is none.
 */
static int
column_of(const PushMap *map, RelOptInfo *rel, EquivalenceClass *ec, Oid *type)
{
	for (int i = 0; i < map->table->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(map->table, i);
		EquivalenceMember *member;
		Expr	   *var;
		int			column;

		if (map->columns[i].source < 0 || attribute->attcollation != ec->ec_collation)
			continue;
		var = (Expr *) makeVar(rel->relid, i + 1, attribute->atttypid, attribute->atttypmod,
							   attribute->attcollation, 0);
		member = find_ec_member_matching_expr(ec, var, rel->relids);
		if (member == NULL || (column = drs_pushdown_column(map, var)) < 0)
			continue;
		*type = member->em_datatype;
		return column;
	}
	return -1;
}

/* NULL: the query cannot be sorted by it. */
static SourceSort *
sort_by(const PushMap *map, RelOptInfo *rel, const PathKey *pathkey)
{
	EquivalenceClass *ec = pathkey->pk_eclass;
	SourceSort *sort;
	Oid			type = InvalidOid;
	int			column;

	if (ec->ec_has_volatile)
		return NULL;
	column = column_of(map, rel, ec, &type);
	if (column < 0)
		return NULL;
	sort = palloc0(sizeof(SourceSort));
	sort->column = column;
	sort->sortop = drs_pathkey_operator(pathkey, type);
	if (!OidIsValid(sort->sortop))
		return NULL;
	sort->eqop = get_equality_op_for_ordering_op(sort->sortop, NULL);
	sort->nulls_first = pathkey->pk_nulls_first;
	sort->hashable = op_hashjoinable(sort->eqop, type);
	return sort;
}

List *
drs_scanorder(const PushMap *map, RelOptInfo *rel, List *pathkeys)
{
	List	   *order = NIL;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		SourceSort *sort = sort_by(map, rel, lfirst(lc));

		if (sort == NULL)
			break;
		order = lappend(order, sort);
	}
	return order;
}

/*
 * ownerrights.c
 *		What a query that runs with the rights of its table's owner must not
 *		read.
 *
 * A view has the relations that its owner meant, by their OIDs; the query of a
 * scored table is a text, and names are looked up at each use.  A name that no
 * schema of the path has is found among temporary relations, which PostgreSQL
 * always searches, and these are the reader's: a temporary view with
 * security_invoker would read whatever the owner may read.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "scored/ownerrights.h"

/* Is it a temporary relation of somebody else? */
static bool
is_temporary_of_other(Oid relid, Oid owner)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class relation;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;			/* planning reports it */
	relation = (Form_pg_class) GETSTRUCT(tuple);
	result = relation->relpersistence == RELPERSISTENCE_TEMP && relation->relowner != owner;
	ReleaseSysCache(tuple);
	return result;
}

static bool
check_node(Node *node, void *context)
{
	const ScoredTable *table = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, check_node, context, QTW_EXAMINE_RTES_BEFORE);
	if (!IsA(node, RangeTblEntry))
		return expression_tree_walker(node, check_node, context);
	if (((RangeTblEntry *) node)->rtekind == RTE_RELATION &&
		is_temporary_of_other(((RangeTblEntry *) node)->relid, table->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the query of scored table \"%s\" reads a temporary relation, \"%s\"",
						get_rel_name(table->relid),
						get_rel_name(((RangeTblEntry *) node)->relid)),
				 errdetail("It has the rights of the table's owner, \"%s\", to whom that relation"
						   " does not belong.", GetUserNameFromId(table->owner, false)),
				 errhint("Name the schema of each relation in the query.")));
	return false;
}

void
drs_ownerrights_check(Query *query, const ScoredTable *table)
{
	(void) query_tree_walker(query, check_node, unconstify(ScoredTable *, table),
							 QTW_EXAMINE_RTES_BEFORE);
}

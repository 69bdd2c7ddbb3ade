/*
 * unlogged.c
 *		Unlogged tables that a crash empties.
 *		PostgreSQL licence.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "reach.h"
#include "unlogged.h"

static bool
is_unlogged_table(Relation relation)
{
	return relation->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED && relation->rd_rel->relkind == RELKIND_RELATION;
}

void
drs_unlogged_check(Oid target, const char *name)
{
	bool		is_emptied = false;
	ListCell   *lc;

	if (!OidIsValid(target))
		return;
	foreach(lc, drs_reach_of(list_make1_oid(target)))
	{
		Relation	relation = try_relation_open(lfirst_oid(lc), AccessShareLock);
		bool		has_rows;

		if (relation == NULL)
			continue;
		has_rows = is_unlogged_table(relation) && RelationGetNumberOfBlocks(relation) > 0;
		is_emptied |= is_unlogged_table(relation) && !has_rows;
		relation_close(relation, AccessShareLock);
		if (has_rows)
			return;
	}
	if (is_emptied)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s has lost the rows that the run wrote", name),
				 errdetail("It is, or leads to, an unlogged table, which is empty after a crash."),
				 errhint("Score anew, without \"resume\".")));
}

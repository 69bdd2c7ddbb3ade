/*
 * temporarytable.c
 *		Temporary tables that a commit empties (ON COMMIT DELETE ROWS).
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

#include "into/temporarytable.h"
#include "rows/reach.h"

static bool
is_empty_temporary(Relation relation)
{
	return relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP && relation->rd_islocaltemp &&
		relation->rd_rel->relkind == RELKIND_RELATION &&
		relation->rd_rel->relam == HEAP_TABLE_AM_OID &&
		RelationGetNumberOfBlocks(relation) == 0;
}

static void
add_page(Relation relation)
{
	Buffer		buffer = ReadBuffer(relation, P_NEW);

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	PageInit(BufferGetPage(buffer), BufferGetPageSize(buffer), 0);
	MarkBufferDirty(buffer);
	UnlockReleaseBuffer(buffer);
}

List *
drs_temporarytable_mark(Oid target)
{
	List	   *marked = NIL;
	ListCell   *lc;

	if (!OidIsValid(target))
		return NIL;
	foreach(lc, drs_reach_of(list_make1_oid(target)))
	{
		Relation	relation = try_relation_open(lfirst_oid(lc), AccessShareLock);

		if (relation == NULL)
			continue;
		if (is_empty_temporary(relation))
		{
			add_page(relation);
			marked = lappend_oid(marked, lfirst_oid(lc));
		}
		relation_close(relation, AccessShareLock);
	}
	return marked;
}

void
drs_temporarytable_check(List *marked, const char *name)
{
	ListCell   *lc;

	foreach(lc, marked)
	{
		Relation	relation = try_relation_open(lfirst_oid(lc), AccessShareLock);
		bool		emptied = relation == NULL || is_empty_temporary(relation);

		if (relation)
			relation_close(relation, AccessShareLock);
		if (emptied)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s loses its rows with each commit", name),
					 errdetail("It is, or leads to, a temporary table with ON COMMIT DELETE"
							   " ROWS."),
					 errhint("Create the table with ON COMMIT PRESERVE ROWS, or call"
							 " score_into_now() in the transaction that uses its rows.")));
	}
}

/*
 * unloggedtable.c
 *		Unlogged tables that a crash empties.
 */
#include "postgres.h"

#include "into/ledger.h"
#include "into/unloggedtable.h"
#include "rows/reach.h"

void
drs_unloggedtable_check(int64 run_id, Oid target, const char *name)
{
	if (!OidIsValid(target) || drs_ledger_is_marked(run_id) ||
		!drs_reach_is_unlogged(drs_reach_of(list_make1_oid(target))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s has lost the rows that the run wrote", name),
			 errdetail("It is, or leads to, an unlogged table, and the server has crashed since"
					   " the run began."),
			 errhint("Score anew, without \"resume\".")));
}

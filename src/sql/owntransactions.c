/*
 * owntransactions.c
 *		May a procedure end the transaction in which it was called?
 */
#include "postgres.h"

#include "access/xact.h"
#include "nodes/parsenodes.h"

#include "sql/localsettings.h"
#include "sql/owntransactions.h"

const char *
drs_why_bound(FunctionCallInfo fcinfo)
{
	const char *settings;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		return "it is called inside a transaction block or a function";
	/* no catalog shows which temporary tables a commit would empty or drop */
	if (MyXactFlags & XACT_FLAGS_ACCESSEDTEMPNAMESPACE)
		return "the open transaction has used a temporary table, which its end may empty or drop";
	settings = drs_local_settings();
	return settings ?
		psprintf("what is set for this transaction only (%s) would be lost", settings) : NULL;
}

void
drs_refuse_bound(FunctionCallInfo fcinfo, const char *name)
{
	const char *bound = drs_why_bound(fcinfo);

	if (bound)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s needs transactions of its own", name),
				 errdetail("It cannot end this one, because %s.", bound),
				 errhint("CALL it outside of transaction blocks and functions, and without SET"
						 " LOCAL.")));
}

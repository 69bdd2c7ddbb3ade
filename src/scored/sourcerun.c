/*
 * sourcerun.c
 *		Runs the plan of a scored table's query, in pieces.
 */
#include "postgres.h"

#include "scored/sourcerun.h"

SourceRun *
drs_sourcerun_start(PlannedStmt *plan, const char *text, EState *outer, ParamListInfo params,
					SourceRow row, void *arg)
{
	return NULL;
}

bool
drs_sourcerun_pull(SourceRun *run)
{
	return false;
}

void
drs_sourcerun_end(SourceRun *run)
{
}

QueryDesc *
drs_sourcerun_desc(SourceRun *run)
{
	return NULL;
}

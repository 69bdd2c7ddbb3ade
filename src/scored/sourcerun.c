/*
 * sourcerun.c
 *		Runs the plan of a scored table's query, row by row.
 *
 * It is run as PostgreSQL runs a child plan, only with an executor state of its
 * own.  A portal or SPI would have to be closed in the reverse order of opening,
 * which a scan cannot promise that is read by a cursor.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "tcop/dest.h"
#include "utils/snapmgr.h"

#include "scored/sourcerun.h"

struct SourceRun
{
	QueryDesc  *desc;
	bool		ended;			/* nodes would start again if they were called once more */
};

SourceRun *
drs_sourcerun_start(PlannedStmt *plan, const char *text, EState *outer, ParamListInfo params)
{
	SourceRun  *run = palloc0(sizeof(SourceRun));

	run->desc = CreateQueryDesc(plan, text, outer->es_snapshot, InvalidSnapshot, None_Receiver,
								params, NULL, outer->es_instrument);
	ExecutorStart(run->desc, 0);
	return run;
}

TupleTableSlot *
drs_sourcerun_next(SourceRun *run)
{
	EState	   *estate = run->desc->estate;
	MemoryContext old;
	TupleTableSlot *slot;

	if (run->ended)
		return NULL;
	old = MemoryContextSwitchTo(estate->es_query_cxt);
	ResetPerTupleExprContext(estate);
	slot = ExecProcNode(run->desc->planstate);
	run->ended = TupIsNull(slot);
	if (!run->ended && estate->es_junkFilter)
		slot = ExecFilterJunk(estate->es_junkFilter, slot);
	MemoryContextSwitchTo(old);
	return run->ended ? NULL : slot;
}

void
drs_sourcerun_end(SourceRun *run)
{
	ExecutorFinish(run->desc);
	ExecutorEnd(run->desc);
	FreeQueryDesc(run->desc);
	pfree(run);
}

QueryDesc *
drs_sourcerun_desc(SourceRun *run)
{
	return run->desc;
}

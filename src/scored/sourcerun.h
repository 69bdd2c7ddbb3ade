/*
 * sourcerun.h
 *		Runs the plan of a scored table's query, in pieces, and passes its rows
 *		to a function.
 */
#ifndef DRS_SOURCERUN_H
#define DRS_SOURCERUN_H

#include "executor/execdesc.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

typedef struct SourceRun SourceRun;

/* A row: the slot is valid during the call.  False: no more rows for now. */
typedef bool (*SourceRow) (TupleTableSlot *slot, void *arg);

/*
 * Start the executor for a plan, with the snapshot of the outer statement, and
 * instrumented as that is.  What it uses belongs to the current memory context
 * and resource owner, as what a child plan uses.  text and params must live as
 * long.
 */
extern SourceRun *drs_sourcerun_start(PlannedStmt *plan, const char *text, EState *outer,
									  ParamListInfo params, SourceRow row, void *arg);

/*
 * Pass rows until row returns false.  False when there are no more: then it
 * must not be called again.
 */
extern bool drs_sourcerun_pull(SourceRun *run);

/* End the executor and free it. */
extern void drs_sourcerun_end(SourceRun *run);

/* For EXPLAIN. */
extern QueryDesc *drs_sourcerun_desc(SourceRun *run);

#endif							/* DRS_SOURCERUN_H */

/*
 * sourcerun.h
 *		Runs the plan of a scored table's query, row by row.
 */
#ifndef DRS_SOURCERUN_H
#define DRS_SOURCERUN_H

#include "executor/execdesc.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

typedef struct SourceRun SourceRun;

/*
 * Start the executor for a plan, with the snapshot of the outer statement, and
 * instrumented as that is.  What it uses belongs to the current memory context
 * and resource owner, as what a child plan uses.  text and params must live as
 * long.
 */
extern SourceRun *drs_sourcerun_start(PlannedStmt *plan, const char *text, EState *outer,
									  ParamListInfo params);

/*
 * The next row, valid until the next call; NULL when there are no more, also
 * when it is called again.
 */
extern TupleTableSlot *drs_sourcerun_next(SourceRun *run);

/* End the executor and free it. */
extern void drs_sourcerun_end(SourceRun *run);

/* For EXPLAIN. */
extern QueryDesc *drs_sourcerun_desc(SourceRun *run);

#endif							/* DRS_SOURCERUN_H */

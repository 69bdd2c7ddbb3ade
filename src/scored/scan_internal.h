/*
 * scan_internal.h
 *		The state of a scan of a scored table: what scan.c and scanrun.c share.
 */
#ifndef DRS_SCAN_INTERNAL_H
#define DRS_SCAN_INTERNAL_H

#include "nodes/execnodes.h"

#include "rows/predictionstream.h"
#include "scored/keptrows.h"
#include "scored/plainrow.h"
#include "scored/scanprivate.h"
#include "scored/sourcerun.h"

typedef struct ScoredScan
{
	MemoryContext cxt;			/* of what all its runs share */
	Oid			asker;			/* who reads the table: a view's owner, or the user when the
								 * statement or cursor began, as PostgreSQL checks privileges */
	const ScanPrivate *private;
	List	   *values;			/* of ExprState *: those of the parameters */

	/* prepared when it begins; plan is NULL before */
	ScoredTable *table;
	SourceQuery *source;
	PlannedStmt *plan;			/* for all its values */
	List	   *held;			/* of Relation: what the plan reads, open */

	/* settled when it first runs; result is NULL before */
	TupleDesc	result;			/* of the columns that are read, by the names of their outputs */
	AttrNumber *places;			/* their places in the table's rows, from 0 */
	int		   *sources;		/* indexes into columns of the query; -1: of the answer */
	bool		keeps;			/* rows are kept: it may start again with the same values */
	bool		varies;			/* that is unlikely */
	CallCounters *counters;		/* of all runs; NULL: nothing was sent */
	CallCounters before;		/* those of the runs before this one */

	/* a run, with these values */
	MemoryContext run_cxt;		/* reset when it ends */
	ParamListInfo params;
	SourceRun  *run;			/* NULL: not started */
	PredictionStream *stream;	/* NULL: nothing of the answer is read */
	PlainRow   *plain;			/* then rows are made by this */
	KeptRows   *kept;			/* NULL: none are kept */
	bool		restarted;		/* to be continued if its values are still the same */
	bool		is_batch;
	bool		ended;			/* the query has no more rows */
	bool		is_pending;		/* the last step found nothing yet */
} ScoredScan;

#endif							/* DRS_SCAN_INTERNAL_H */

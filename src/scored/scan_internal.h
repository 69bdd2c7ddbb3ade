/*
 * scan_internal.h
 *		A scan of a scored table, for the files that implement it.
 */
#ifndef DRS_SCAN_INTERNAL_H
#define DRS_SCAN_INTERNAL_H

#include "nodes/execnodes.h"

#include "rows/predictionstream.h"
#include "scored/keptrows.h"
#include "scored/plainrow.h"
#include "scored/scanprivate.h"
#include "scored/sourcerun.h"

struct ScoredScan
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
	List	   *read;			/* of char *: columns of the query among them */
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
};

/*
 * Plan the query and keep what it reads locked and open, so that neither this session nor
 * another can change or empty it between the beginning of a statement or cursor and its rows.
 * Sends nothing.  Raises what analysis and planning of the query raise, and 55000 when its
 * columns are not those that were planned.
 */
extern void drs_scanrun_prepare(ForeignScanState *node);

/* Close it again. */
extern void drs_scanrun_release(struct ScoredScan *scan);

/*
 * Start a run: the query, and what scores its rows.  To be called when there is none.  May ask
 * the public API; sends no rows yet.  Raises what drs_scanrun_prepare() raises, the query's own
 * errors, and what drs_stream_open() raises.
 */
extern void drs_scanrun_start(ForeignScanState *node);

/* Can the run give all its rows once more, as the scan would with its present values? */
extern bool drs_scanrun_rewind(ForeignScanState *node);

/* End it, if there is one; what is in flight is abandoned. */
extern void drs_scanrun_end(struct ScoredScan *scan);

#endif							/* DRS_SCAN_INTERNAL_H */

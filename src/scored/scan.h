/*
 * scan.h
 *		Executes a scan of a scored table: rows of the query go into a stream,
 *		and come out with their predictions.
 *
 * Nothing is asked or sent before the first row is asked for.
 */
#ifndef DRS_SCAN_H
#define DRS_SCAN_H

#include "foreign/fdwapi.h"

#include "rows/predictionstream.h"
#include "scored/sourcerun.h"

/* fdw_state of a node; NULL when it is only explained. */
struct ScoredScan;

/* NULL: not started, or it sends nothing. */
extern PredictionStream *drs_scan_stream(const struct ScoredScan *scan);

/* Has a step been made since it was made or restarted? */
extern bool drs_scan_has_begun(const struct ScoredScan *scan);

/* Did the last step find nothing yet?  So may a node's function, if Append waits for it. */
extern bool drs_scan_is_pending(const struct ScoredScan *scan);

/* What it has sent and received, by all of its runs; NULL: nothing. */
extern const CallCounters *drs_scan_counters(const struct ScoredScan *scan);

/* The query that is running; NULL: not started. */
extern SourceRun *drs_scan_source(const struct ScoredScan *scan);

/*
 * Callbacks of FdwRoutine.  The query is planned when the scan begins, which raises what its
 * analysis raises.  The first row starts it, so what privileges, sending and answers raise comes
 * with a row; a row is valid until the next one is asked for.
 */
extern void drs_scan_begin(ForeignScanState *node, int eflags);
extern TupleTableSlot *drs_scan_iterate(ForeignScanState *node);
extern void drs_scan_restart(ForeignScanState *node);
extern void drs_scan_end(ForeignScanState *node);

#endif							/* DRS_SCAN_H */

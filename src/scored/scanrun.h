/*
 * scanrun.h
 *		Starts and ends runs of a scan of a scored table.
 */
#ifndef DRS_SCANRUN_H
#define DRS_SCANRUN_H

#include "nodes/execnodes.h"

/*
 * Plan the query and keep what it reads locked and open, so that neither this session nor
 * another can change or empty it between the beginning of a statement or cursor and its rows.
 * Sends nothing.  Raises what analysis and planning of the query raise, and 55000 when its
 * columns are not those that were planned.
 */
extern void drs_scanrun_prepare(ForeignScanState *node);

/* Close it again. */
extern void drs_scanrun_release(ForeignScanState *node);

/*
 * Start a run: the query, and what scores its rows.  To be called when there is none.  May ask
 * the public API; sends no rows yet.  Raises what drs_scanrun_prepare() raises, the query's own
 * errors, and what drs_stream_open() raises.
 */
extern void drs_scanrun_start(ForeignScanState *node);

/* Can the run give all its rows once more, as the scan would with its present values? */
extern bool drs_scanrun_rewind(ForeignScanState *node);

/* End it, if there is one; what is in flight is abandoned. */
extern void drs_scanrun_end(ForeignScanState *node);

#endif							/* DRS_SCANRUN_H */

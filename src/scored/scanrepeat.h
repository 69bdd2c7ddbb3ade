/*
 * scanrepeat.h
 *		Can a scan be started again with the same values, so that its rows have to
 *		be kept?
 *
 * The executor announces some repeats, and others not, as those below a nested loop
 * with parameters.  Rows that were not kept then are sent once more.
 */
#ifndef DRS_SCANREPEAT_H
#define DRS_SCANREPEAT_H

#include "nodes/execnodes.h"

/* For BeginForeignScan: does its place in the plan say so? */
extern bool drs_scanrepeat_is_announced(const ForeignScanState *node, int eflags);

/*
 * When the first row is asked for: does the scan depend on a value of a row outside?
 * Then it is started again for the next one.
 */
extern bool drs_scanrepeat_depends(const ForeignScanState *node);

/* The same of the parameters of its query: these mostly change with each row. */
extern bool drs_scanrepeat_varies(const ForeignScanState *node);

/* Can the parameters of its query have other values when it is started again? */
extern bool drs_scanrepeat_can_change(const ForeignScanState *node);

#endif							/* DRS_SCANREPEAT_H */

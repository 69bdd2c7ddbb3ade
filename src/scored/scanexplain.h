/*
 * scanexplain.h
 *		What EXPLAIN says of a scan of a scored table.
 */
#ifndef DRS_SCANEXPLAIN_H
#define DRS_SCANEXPLAIN_H

#include "foreign/fdwapi.h"

/*
 * Callback of FdwRoutine.  Sends nothing.  With VERBOSE, raises what analysis and planning of the
 * query raise.
 */
extern void drs_scanexplain(ForeignScanState *node, struct ExplainState *es);

#endif							/* DRS_SCANEXPLAIN_H */

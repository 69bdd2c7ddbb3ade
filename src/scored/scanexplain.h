/*
 * scanexplain.h
 *		What EXPLAIN says of a scan of a scored table.
 */
#ifndef DRS_SCANEXPLAIN_H
#define DRS_SCANEXPLAIN_H

#include "foreign/fdwapi.h"

/* Callback of FdwRoutine.  Sends nothing. */
extern void drs_scanexplain(ForeignScanState *node, struct ExplainState *es);

#endif							/* DRS_SCANEXPLAIN_H */

/*
 * scan.c
 *		Executes a scan of a scored table.
 */
#include "postgres.h"

#include "scored/scan.h"

ScanStep
drs_scan_step(ForeignScanState *node, bool wait)
{
	return SCAN_END;
}

PredictionStream *
drs_scan_stream(const ScoredScan *scan)
{
	return NULL;
}

void
drs_scan_begin(ForeignScanState *node, int eflags)
{
}

TupleTableSlot *
drs_scan_iterate(ForeignScanState *node)
{
	return NULL;
}

void
drs_scan_restart(ForeignScanState *node)
{
}

void
drs_scan_end(ForeignScanState *node)
{
}

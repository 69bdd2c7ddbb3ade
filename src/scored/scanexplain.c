/*
 * scanexplain.c
 *		What EXPLAIN says of a scan of a scored table.
 */
#include "postgres.h"

#include "scored/scanexplain.h"

void
drs_scanexplain(ForeignScanState *node, struct ExplainState *es)
{
}

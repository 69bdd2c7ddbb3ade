/*
 * scancost.c
 *		What a scan of a scored table is expected to cost.
 */
#include "postgres.h"

#include "scored/scancost.h"

ScanCost
drs_scancost(const ScoredTable *table, const Plan *source, double rows, bool sends)
{
	ScanCost	cost = {.rows = rows, .requests = sends ? 1 : 0,
	.startup = source->startup_cost, .total = source->total_cost};

	return cost;
}

/*
 * scancost.h
 *		What a scan of a scored table is expected to cost.  Sends nothing.
 */
#ifndef DRS_SCANCOST_H
#define DRS_SCANCOST_H

#include "nodes/plannodes.h"

#include "scored/scoredtable.h"

typedef struct ScanCost
{
	double		rows;			/* of the query */
	double		requests;
	Cost		startup;
	Cost		total;
} ScanCost;

/*
 * The cost of reading rows of the query by this plan, and of their requests if
 * it sends.
 */
extern ScanCost drs_scancost(const ScoredTable *table, const Plan *source, double rows,
							 bool sends);

#endif							/* DRS_SCANCOST_H */

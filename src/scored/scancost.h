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
	double		requests;		/* 0: nothing is sent */
	int			disabled_nodes; /* of the query's plan, which 18 counts; else 0 */
	Cost		startup;
	Cost		total;			/* without what is done with the rows afterwards */
} ScanCost;

/*
 * The cost of reading rows of the query by this plan, and of their requests if
 * it sends.  In the planner's units, which requests are converted to by the
 * options request_cost and row_cost.
 */
extern ScanCost drs_scancost(const ScoredTable *table, const Plan *source, bool sends);

#endif							/* DRS_SCANCOST_H */

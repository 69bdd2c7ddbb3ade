/*
 * queryestimate.h
 *		What the planner expects of a scored table's query.
 */
#ifndef DRS_QUERYESTIMATE_H
#define DRS_QUERYESTIMATE_H

#include "nodes/pathnodes.h"

#include "scored/sourcequery.h"

/* Whose query, and for which statement, whose plan will depend on what the query's does. */
typedef struct QueryEstimate
{
	PlannerGlobal *glob;
	const ScoredTable *table;
	const SourceQuery *source;
} QueryEstimate;

/*
 * The plan of the query as it is asked, to read costs and rows from.  Raises
 * 42P17 when the query reads its own table, without end.
 */
extern const Plan *drs_queryestimate(const QueryEstimate *estimate, const SourceAsk *ask);

/* How many values a column of the query has; 0: it cannot be said. */
extern double drs_queryestimate_distinct(const QueryEstimate *estimate, int column);

#endif							/* DRS_QUERYESTIMATE_H */

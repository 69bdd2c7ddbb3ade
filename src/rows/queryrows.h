/*
 * queryrows.h
 *		How many rows the planner expects of a query.
 */
#ifndef DRS_QUERYROWS_H
#define DRS_QUERYROWS_H

/*
 * Plans query, checked as drs_source_run() does, and returns the estimate.  To
 * be called inside a snapshot.
 */
extern double drs_query_rows(const char *query);

#endif							/* DRS_QUERYROWS_H */

/*
 * queryplace.h
 *		Errors in a query that is an argument or an option: where in its text.
 */
#ifndef DRS_QUERYPLACE_H
#define DRS_QUERYPLACE_H

/*
 * For an ErrorContextCallback whose arg is the query (char *): the position of
 * an error is one in the query, not in the statement that is running.
 */
extern void drs_queryplace_set(void *query);

#endif							/* DRS_QUERYPLACE_H */

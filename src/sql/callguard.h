/*
 * callguard.h
 *		Counts the requests that calls for one row send in a statement of the client.
 */
#ifndef DRS_CALLGUARD_H
#define DRS_CALLGUARD_H

/*
 * Count one more, for the function of that name.  Raises 54000 when there were
 * max of them in the statement.
 */
extern void drs_callguard_count(const char *function, int max);

#endif							/* DRS_CALLGUARD_H */

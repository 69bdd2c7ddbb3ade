/*
 * writeretry.h
 *		Repeats a write that failed because of another transaction.
 */
#ifndef DRS_WRITERETRY_H
#define DRS_WRITERETRY_H

#include "utils/elog.h"

typedef struct Retry
{
	int			attempts;		/* that failed so far; 0 at first */
} Retry;

/*
 * Is work that failed with this error, and was undone, to be repeated?  Yes if other
 * transactions were in its way (40001, 40P01, 55P03), a few times.  Then it also
 * raises a NOTICE.
 */
extern bool drs_writeretry_wanted(Retry *retry, const ErrorData *error);

/*
 * Wait for a suitable time before that, checking for interrupts.  Has the signature
 * that drs_attempt() needs.
 */
extern void drs_writeretry_pause(void *retry);

#endif							/* DRS_WRITERETRY_H */

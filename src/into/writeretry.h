/*
 * writeretry.h
 *		Writing again what another transaction was in the way of.
 */
#ifndef DRS_WRITERETRY_H
#define DRS_WRITERETRY_H

#include "utils/elog.h"

typedef struct Retry
{
	int			attempts;		/* that failed so far; begins with 0 */
} Retry;

/*
 * Is work that failed so to be done again, having been undone?  That is where
 * others were in its way (40001, 40P01, 55P03), a few times.  If so, it is
 * said in a NOTICE.
 */
extern bool drs_writeretry_wanted(Retry *retry, const ErrorData *error);

/*
 * Wait as long as is good before that, looking at
 * interrupts; has the form that drs_attempt asks for.
 */
extern void drs_writeretry_pause(void *retry);

#endif							/* DRS_WRITERETRY_H */

/*
 * isolate.c
 *		Finds the rows of a chunk that the server refuses.
 *
 * Only first rows are ever sent, never ones from the middle.  So answers come
 * in order, and the rows that are not settled are always one run.  When only
 * one row can be the refused one, because those before it were answered, it
 * is still sent alone: the answer then has the reason for it.
 */
#include "realtime/isolate.h"

/*
 * Refused rows are close to each other when their distance is at most this
 * fraction of the rows left.
 */
#define CLOSE 8

int
drs_isolation_next(const Isolation *isolation, int nrows)
{
	if (isolation->suspects == 1)
		return 1;
	if (isolation->suspects > 1)
		return isolation->suspects / 2;
	if (isolation->stride > 0 && isolation->stride < nrows)
		return isolation->stride;
	return nrows;
}

void
drs_isolation_answered(Isolation *isolation, int nsent)
{
	if (isolation->since_refused > 0)
		isolation->since_refused += nsent;
	if (isolation->suspects > 0)
		isolation->suspects -= nsent;
	else
		isolation->stride *= 2;
}

/*
 * After a row refused close to the one before, continue with as many rows as
 * that distance, then twice as many, and so on.
 */
bool
drs_isolation_refused(Isolation *isolation, int nsent, int nleft)
{
	int			distance = isolation->since_refused;

	if (nsent > 1)
	{
		isolation->suspects = nsent;
		return false;
	}
	isolation->suspects = 0;
	isolation->stride = distance > 0 && distance <= nleft / CLOSE ? distance : 0;
	isolation->since_refused = 1;
	return true;
}

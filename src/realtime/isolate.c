/*
 * isolate.c
 *		Finds the rows of a chunk that the server refuses.
 *
 * Only the first rows are ever sent, never ones from the middle: so answers
 * come in order, and what is not settled is always one run of rows.  That a
 * row must be the refused one, because those before it were answered, is not
 * enough: it is sent alone, for its own reason.
 */
#include "realtime/isolate.h"

/* Rows refused at this fraction of those that are left are taken to be many. */
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
 * Behind a row refused close to the one before, go on with as many rows as
 * lay between them, then twice as many, and so on.
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

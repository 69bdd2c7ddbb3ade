/*
 * backoff.h
 *		How long to wait before something is tried again.
 */
#ifndef DRS_BACKOFF_H
#define DRS_BACKOFF_H

#include <math.h>

#define DRS_FIRST_BACKOFF_MS 100.0	/* the official client's back-off factor */

/*
 * The pause in ms after that many attempts, from 1: doubled with each of them,
 * up to longest ms.  jitter, from 0 to 1, shortens it by up to half, so that
 * many clients do not all try again at the same time; 1 shortens nothing.
 */
static inline double
drs_backoff_ms(int attempts, double longest, double jitter)
{
	double		pause = DRS_FIRST_BACKOFF_MS * pow(2.0, attempts - 1);

	return (pause < longest ? pause : longest) * (0.5 + jitter / 2);
}

#endif							/* DRS_BACKOFF_H */

/*
 * timesteps.h
 *		The steps between the times of a series.
 */
#ifndef DRS_TIMESTEPS_H
#define DRS_TIMESTEPS_H

#include "partition/seriestimes.h"

/* Of all series together. */
typedef struct TimeSteps
{
	int64		nsteps;			/* between times that differ */
	int64		ndeviating;		/* of them, those that are not as long as most; all of them, if
								 * no length is that of most */
	int64		nrepeated;		/* rows with the series and the time of another row, which is
								 * not counted */
} TimeSteps;

/* Look at the steps, in two passes.  Months are all of the same length. */
extern TimeSteps drs_timesteps_of(SeriesTimes *times);

#endif							/* DRS_TIMESTEPS_H */

/*
 * timesteps.h
 *		The steps between the times of one series.
 */
#ifndef DRS_TIMESTEPS_H
#define DRS_TIMESTEPS_H

#include "partition/timeline.h"

typedef struct TimeSteps
{
	int64		nsteps;			/* between times that differ */
	int64		ndeviating;		/* of them, those that are not as long as most; all of them, if
								 * no length is that of most */
	int64		nrepeated;		/* rows at the time of the row before them */
} TimeSteps;

/*
 * Look at the steps of a timeline that sorts, in two passes.  Whole months are of the same
 * length, whatever their number of days.
 */
extern TimeSteps drs_timesteps_of(Timeline *timeline);

#endif							/* DRS_TIMESTEPS_H */

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
	int64		nseries;
	int64		nsteps;			/* between times that differ */
	int64		length;			/* of most of them: microseconds, or months as a negative
								 * number; 0: there is none */
	int64		ndeviating;		/* of them, those of another length; all of them, if there is no
								 * length of most */
	int64		nrepeated;		/* rows with the series and the time of another row, which is
								 * not counted */
} TimeSteps;

/*
 * Look at the steps, in two passes.  Months are all of the same length, also from last day
 * to last day.
 */
extern TimeSteps drs_timesteps_of(SeriesTimes *times);

#endif							/* DRS_TIMESTEPS_H */

/*
 * windowsteps.h
 *		How many time steps the windows of a time series project take.
 */
#ifndef DRS_WINDOWSTEPS_H
#define DRS_WINDOWSTEPS_H

#include "partition/datetimespec.h"
#include "partition/timesteps.h"

/*
 * The first time steps of a series from which no row to train on is made, as features of
 * later rows are derived from them; 0 when the specification has not both windows.
 * docs/api.md 5.6: the derivation window, the gap to the forecast window, and 1 or a period;
 * with several series or more than ten forecast distances, the forecast window as well.
 */
extern int64 drs_windowsteps_removed(const DatetimeSpec *spec, const TimeSteps *steps);

#endif							/* DRS_WINDOWSTEPS_H */

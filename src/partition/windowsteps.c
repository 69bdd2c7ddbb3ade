/*
 * windowsteps.c
 *		How many time steps the windows of a time series project take.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "partition/windowsteps.h"

/* With more forecast distances, the forecast window is removed as well. */
#define FEW_DISTANCES 10

#define MONTH (DAYS_PER_MONTH * USECS_PER_DAY)

/* No series has more rows than that, and with it sums and products of steps fit an int64. */
#define MOST_STEPS PG_INT32_MAX

/* Microseconds of a unit, a month being of 30 days. */
static const int64 unit_lengths[] = {
	[UNIT_MILLISECOND] = 1000,
	[UNIT_SECOND] = USECS_PER_SEC,
	[UNIT_MINUTE] = USECS_PER_MINUTE,
	[UNIT_HOUR] = USECS_PER_HOUR,
	[UNIT_DAY] = USECS_PER_DAY,
	[UNIT_WEEK] = 7 * USECS_PER_DAY,
	[UNIT_MONTH] = MONTH,
	[UNIT_QUARTER] = 3 * MONTH,
	[UNIT_YEAR] = MONTHS_PER_YEAR * MONTH,
	[UNIT_ROW] = 0
};

/*
 * Steps in so many units, rounded up, at most MOST_STEPS.  A unit that is not known is that of
 * the step.
 */
static int64
steps_in(int64 count, TimeUnit unit, const TimeSteps *steps)
{
	double		length = steps->length < 0 ? (double) -steps->length * MONTH : steps->length;

	if (unit == UNIT_ROW || unit == UNIT_UNKNOWN || steps->length == 0)
		return count;
	return (int64) Min(ceil(count * (unit_lengths[unit] / length)), MOST_STEPS);
}

static int64
longest_period(const DatetimeSpec *spec, const TimeSteps *steps)
{
	int64		longest = 1;

	for (int i = 0; i < spec->nperiods; i++)
		longest = Max(longest, steps_in(spec->periods[i].count, spec->periods[i].unit, steps));
	return longest;
}

int64
drs_windowsteps_removed(const DatetimeSpec *spec, const TimeSteps *steps)
{
	int64		window = (int64) spec->forecast_start - spec->derivation_start;
	int64		distances = (int64) spec->forecast_end - spec->forecast_start + 1;

	if (!spec->has_derivation_window || !spec->has_forecast_window)
		return 0;
	if (steps->nseries > 1 || steps_in(distances, spec->windows_unit, steps) > FEW_DISTANCES)
		window += distances;
	return steps_in(window, spec->windows_unit, steps) + longest_period(spec, steps);
}

/*
 * timesteps.c
 *		Finds the step that most times of a series are apart.
 */
#include "postgres.h"

#include "partition/duration.h"
#include "partition/timesteps.h"

/* The length of a step: microseconds, or months as a negative number. */
static int64
length_of(Timestamp from, Timestamp to)
{
	Duration	duration;

	if (to - from < 28 * USECS_PER_DAY)
		return to - from;
	duration = drs_duration_calendar(from, to);
	if (duration.days != 0 || drs_duration_has_time(&duration))
		return to - from;
	return -(duration.years * MONTHS_PER_YEAR + duration.months);
}

/*
 * The length of most steps, if one is (the vote of Boyer and Moore: other lengths can take
 * back at most as many votes as they are), and how many times are repeated.
 */
static int64
majority(Timeline *timeline, TimeSteps *steps)
{
	int64		candidate = 0;
	int64		votes = 0;
	Timestamp	last;
	Timestamp	time;

	drs_timeline_rewind(timeline);
	if (!drs_timeline_next(timeline, &last))
		return 0;
	for (; drs_timeline_next(timeline, &time); last = time)
	{
		int64		length = time == last ? 0 : length_of(last, time);

		if (length == 0)
		{
			steps->nrepeated++;
			continue;
		}
		steps->nsteps++;
		if (votes == 0)
			candidate = length;
		votes += length == candidate ? 1 : -1;
	}
	return candidate;
}

TimeSteps
drs_timesteps_of(Timeline *timeline)
{
	TimeSteps	steps = {0};
	int64		usual = majority(timeline, &steps);
	int64		nusual = 0;
	Timestamp	last;
	Timestamp	time;

	drs_timeline_rewind(timeline);
	if (!drs_timeline_next(timeline, &last))
		return steps;
	for (; drs_timeline_next(timeline, &time); last = time)
		if (time != last && length_of(last, time) == usual)
			nusual++;
	steps.ndeviating = 2 * nusual > steps.nsteps ? steps.nsteps - nusual : steps.nsteps;
	return steps;
}

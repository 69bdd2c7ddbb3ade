/*
 * timesteps.c
 *		Finds the step that most times of series are apart.
 */
#include "postgres.h"

#include "partition/duration.h"
#include "partition/timesteps.h"

/* A pass over the rows. */
typedef struct StepPass
{
	SeriesTimes *times;
	bool		has_last;
	uint64		series;			/* of the last row */
	Timestamp	last;
} StepPass;

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

/* Advance to the next row that has one before it in its series: the step between them. */
static bool
next_step(StepPass *pass, int64 *length)
{
	uint64		series;
	Timestamp	time;

	while (drs_seriestimes_next(pass->times, &series, &time))
	{
		bool		is_step = pass->has_last && series == pass->series;
		Timestamp	last = pass->last;

		*pass = (StepPass) {pass->times, true, series, time};
		if (!is_step)
			continue;
		*length = time == last ? 0 : length_of(last, time);
		return true;
	}
	return false;
}

/*
 * The length of most steps, if one is (the vote of Boyer and Moore: other lengths can take
 * back at most as many votes as they are); and how many steps there are, and are none.
 */
static int64
majority(SeriesTimes *times, TimeSteps *steps)
{
	StepPass	pass = {.times = times};
	int64		candidate = 0;
	int64		votes = 0;
	int64		length;

	drs_seriestimes_rewind(times);
	while (next_step(&pass, &length))
	{
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
drs_timesteps_of(SeriesTimes *times)
{
	TimeSteps	steps = {0};
	int64		usual = majority(times, &steps);
	int64		nusual = 0;
	StepPass	pass = {.times = times};
	int64		length;

	drs_seriestimes_rewind(times);
	while (next_step(&pass, &length))
		if (length != 0 && length == usual)
			nusual++;
	steps.ndeviating = 2 * nusual > steps.nsteps ? steps.nsteps - nusual : steps.nsteps;
	return steps;
}

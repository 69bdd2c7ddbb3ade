/*
 * timesteps.c
 *		Finds the step that most times of series are apart.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "partition/timesteps.h"

/* Shorter steps are no whole months. */
#define SHORTEST_MONTH (28 * USECS_PER_DAY)

/* A pass over the rows. */
typedef struct StepPass
{
	SeriesTimes *times;
	int64		nseries;		/* that were met */
	uint64		series;			/* of the last row */
	Timestamp	last;
} StepPass;

static bool
is_last_day(const struct pg_tm *tm)
{
	return tm->tm_mday == day_tab[isleap(tm->tm_year)][tm->tm_mon - 1];
}

/*
 * The whole months between two times at the same time of day, 0 when it is not that.  The
 * last day of a month stands for later ones that the month has not.
 */
static int
months_between(Timestamp from, Timestamp to)
{
	struct pg_tm first;
	struct pg_tm second;
	fsec_t		fraction;

	if (to - from < SHORTEST_MONTH || (to - from) % USECS_PER_DAY != 0 ||
		timestamp2tm(from, NULL, &first, &fraction, NULL, NULL) != 0 ||
		timestamp2tm(to, NULL, &second, &fraction, NULL, NULL) != 0)
		return 0;
	if (first.tm_mday != second.tm_mday &&
		!is_last_day(first.tm_mday < second.tm_mday ? &first : &second))
		return 0;
	return (second.tm_year - first.tm_year) * MONTHS_PER_YEAR + second.tm_mon - first.tm_mon;
}

/* The length of a step: microseconds, or months as a negative number. */
static int64
length_of(Timestamp from, Timestamp to)
{
	int			months = months_between(from, to);

	return months > 0 ? -months : to - from;
}

/* Advance to the next row that has one before it in its series: the step between them. */
static bool
next_step(StepPass *pass, int64 *length)
{
	uint64		series;
	Timestamp	time;

	while (drs_seriestimes_next(pass->times, &series, &time))
	{
		bool		is_step = pass->nseries > 0 && series == pass->series;
		Timestamp	last = pass->last;

		*pass = (StepPass) {pass->times, pass->nseries + !is_step, series, time};
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
	steps->nseries = pass.nseries;
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
	steps.length = 2 * nusual > steps.nsteps ? usual : 0;
	steps.ndeviating = steps.nsteps - (steps.length ? nusual : 0);
	return steps;
}

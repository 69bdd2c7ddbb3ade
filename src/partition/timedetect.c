/*
 * timedetect.c
 *		Finds the strftime pattern of a column of texts, among usual ones.
 *
 * A usual pattern is one of a date, alone or with one of a time of day.  Those
 * that fit the first text stay as long as they fit all others.  Each keeps a hash
 * of the times it made, so that in the end two that made the same times of all
 * texts (%b and %B of "May") are known for the same, in constant memory.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/datetime.h"

#include "base/compat.h"
#include "partition/stablemix.h"
#include "partition/timedetect.h"

/* Of two that make the same times, the former is reported. */
static const char *const date_patterns[] = {
	"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
	"%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y",
	"%m/%d/%y", "%m-%d-%y", "%m.%d.%y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y",
	"%y/%m/%d", "%y-%m-%d",
	"%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
	"%Y-%m", "%Y%m", "%Y"
};
static const char *const time_patterns[] = {
	"",
	" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %H:%M:%S%z", " %H:%M:%S.%f%z",
	"T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", "T%H:%M:%S%z", "T%H:%M:%S.%f%z",
	" %I:%M %p", " %I:%M:%S %p"
};
static const char *const other_patterns[] = {"%Y%m%d%H%M%S", "%a %b %d %H:%M:%S %Y"};

/* What PostgreSQL prints, also in JSON; without a fraction first, so as to report none. */
static const char *const printed_patterns[] = {
	"%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f%z",
	"%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z"
};

#define NPATTERNS \
	(lengthof(date_patterns) * lengthof(time_patterns) + lengthof(other_patterns) + \
	 lengthof(printed_patterns))

/* The service takes no earlier dates, and 0112 is rather a day and a month than a year. */
#define FIRST_YEAR 1900

/* Bytes of a text that messages show. */
#define SHOWN_BYTES 64

typedef struct Candidate
{
	const TimePattern *pattern;
	int			digits;			/* that a text must begin with; 0: it does not matter */
	uint64		hash;			/* of the times that it made */
} Candidate;

struct TimeDetector
{
	const TimePattern *guess;	/* the first candidate after the first text; NULL: none seen */
	int			ncandidates;
	Candidate	candidates[NPATTERNS];
};

/*
 * The digits of numbers that a pattern begins with, if they are more than a year.  Nothing
 * separates them, so all must be there: 43831 may be a day in a spreadsheet, but is hardly the
 * first month of the year 4383, as it is for strptime.
 */
static int
joined_digits(const char *pattern)
{
	int			digits = 0;

	for (; pattern[0] == '%' && strchr("YmdHMS", pattern[1]); pattern += 2)
		digits += pattern[1] == 'Y' ? 4 : 2;
	return digits > 4 ? digits : 0;
}

static void
add_candidate(TimeDetector *detector, const TimePattern *pattern)
{
	detector->candidates[detector->ncandidates++] = (Candidate) {
		.pattern = pattern,
		.digits = joined_digits(drs_time_pattern_text(pattern))
	};
}

static int
leading_digits(const char *text, size_t len)
{
	size_t		count = 0;

	while (count < len && text[count] >= '0' && text[count] <= '9')
		count++;
	return (int) count;
}

TimeDetector *
drs_time_detector(void)
{
	TimeDetector *detector = palloc0(sizeof(TimeDetector));

	for (int date = 0; date < (int) lengthof(date_patterns); date++)
		for (int time = 0; time < (int) lengthof(time_patterns); time++)
			add_candidate(detector, drs_time_pattern(psprintf("%s%s", date_patterns[date],
															  time_patterns[time])));
	for (int i = 0; i < (int) lengthof(other_patterns); i++)
		add_candidate(detector, drs_time_pattern(other_patterns[i]));
	for (int i = 0; i < (int) lengthof(printed_patterns); i++)
		add_candidate(detector, drs_time_pattern_printed(printed_patterns[i]));
	return detector;
}

pg_noreturn static void
refuse_text(const char *text, size_t len)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("no date format fits all times of the column"),
			 errdetail("Not \"%s\".", pnstrdup(text, pg_mbcliplen(text, len, SHOWN_BYTES))),
			 errhint("Give the format, such as \"date_format\": \"%%d.%%m.%%Y %%H:%%M\", or "
					 "cast the column to timestamp.")));
}

Timestamp
drs_time_detect(TimeDetector *detector, const char *text, size_t len, int *offset)
{
	const Timestamp earliest = (date2j(FIRST_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
	Timestamp	guessed = 0;
	int			digits = leading_digits(text, len);
	int			nleft = 0;

	for (int i = 0; i < detector->ncandidates; i++)
	{
		Candidate	candidate = detector->candidates[i];
		Timestamp	time;
		int			zone;

		if ((candidate.digits > 0 && candidate.digits != digits) ||
			!drs_time_parse(candidate.pattern, text, len, &time, &zone) || time < earliest)
			continue;
		if (nleft == 0)
		{
			guessed = time;
			*offset = zone;
		}
		candidate.hash = drs_stablemix(candidate.hash ^ drs_stablemix((uint64) time));
		detector->candidates[nleft++] = candidate;
	}
	detector->ncandidates = nleft;
	if (nleft == 0)
		refuse_text(text, len);
	if (detector->guess == NULL)
		detector->guess = detector->candidates[0].pattern;
	return guessed;
}

const TimePattern *
drs_time_detected(const TimeDetector *detector)
{
	const Candidate *first = &detector->candidates[0];

	if (detector->guess == NULL)
		return NULL;
	for (int i = 1; i < detector->ncandidates; i++)
		if (detector->candidates[i].hash != first->hash)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the date format of the column is ambiguous"),
					 errdetail("All times fit \"%s\" and \"%s\".",
							   drs_time_pattern_text(first->pattern),
							   drs_time_pattern_text(detector->candidates[i].pattern)),
					 errhint("Give the one that is meant as \"date_format\".")));
	return first->pattern;
}

bool
drs_time_guessed(const TimeDetector *detector)
{
	return detector->guess == NULL || detector->guess == detector->candidates[0].pattern;
}

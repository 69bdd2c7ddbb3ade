/*
 * duration.c
 *		Durations as the service writes them, and their arithmetic with instants.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "partition/duration.h"

#define BAD_FORM "It has the form PnYnMnDTnHnMnS, with at least one part and whole numbers."
#define NO_WEEKS "The service reads no weeks: write them as days."
#define NO_SIGN "A duration has no sign."
#define BAD_FRACTION "Only seconds have a fraction, of one to six digits."
#define TOO_LARGE "A part of it is too large."

/* A number of a duration. */
typedef struct PartNumber
{
	int64		whole;			/* above INT_MAX: too large */
	int64		microseconds;	/* of its fraction */
	bool		has_fraction;
} PartNumber;

/* Read digits, of which those of one number above INT_MAX do not count. */
static int64
read_digits(const char **at)
{
	int64		number = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		number = Min(number * 10 + (**at - '0'), (int64) PG_INT32_MAX + 1);
	return number;
}

/* Read one to six digits after a point; more are allowed when they are zero. */
static bool
read_fraction(const char **at, int64 *microseconds)
{
	const char *start = *at;

	for (int64 unit = USECS_PER_SEC / 10; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
	{
		if (unit == 0 && **at != '0')
			return false;
		*microseconds += unit * (**at - '0');
	}
	return *at > start;
}

/* Returns what is wrong, or NULL. */
static const char *
read_number(const char **at, PartNumber *number)
{
	const char *start = *at;

	*number = (PartNumber) {0};
	if (*start == '-' || *start == '+')
		return NO_SIGN;
	number->whole = read_digits(at);
	if (*at == start)
		return BAD_FORM;
	number->has_fraction = **at == '.' || **at == ',';
	if (number->has_fraction)
	{
		(*at)++;
		if (!read_fraction(at, &number->microseconds))
			return BAD_FRACTION;
	}
	return NULL;
}

/*
 * Read parts, at least one, up to a T or the end: for each of three letters, in their order,
 * where its number belongs.  A fraction belongs to *microseconds.
 */
static const char *
read_parts(const char **at, const char *letters, int32 *const *parts, int64 *microseconds)
{
	int			next = 0;

	do
	{
		PartNumber	number;
		const char *problem = read_number(at, &number);

		if (problem)
			return problem;
		if (**at == 'W')
			return NO_WEEKS;
		while (letters[next] && letters[next] != **at)
			next++;
		if (!letters[next])
			return BAD_FORM;
		if (number.has_fraction && **at != 'S')
			return BAD_FRACTION;
		if (number.whole > PG_INT32_MAX)
			return TOO_LARGE;
		*parts[next++] = (int32) number.whole;
		*microseconds += number.microseconds;
		(*at)++;
	} while (**at && **at != 'T');
	return NULL;
}

const char *
drs_duration_parse(const char *text, Duration *duration)
{
	int32		seconds = 0;
	int32	   *const date[] = {&duration->years, &duration->months, &duration->days};
	int32	   *const time[] = {&duration->hours, &duration->minutes, &seconds};
	const char *problem = NULL;

	*duration = (Duration) {0};
	if (*text == '-' || *text == '+')
		return NO_SIGN;
	if (*text++ != 'P')
		return BAD_FORM;
	if (*text != 'T')
		problem = read_parts(&text, "YMD", date, &duration->microseconds);
	if (!problem && *text == 'T')
	{
		text++;
		problem = read_parts(&text, "HMS", time, &duration->microseconds);
		if (!problem && *text)
			problem = BAD_FORM;
	}
	duration->microseconds += seconds * USECS_PER_SEC;
	return problem;
}

Duration
drs_duration_read(const char *text)
{
	Duration	duration;
	const char *problem = drs_duration_parse(text, &duration);

	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid duration: \"%s\"", text),
				 errdetail_internal("%s", problem)));
	return duration;
}

/* ---- as text */

/* Seconds with their fraction, if they have one, without its zeros at the end. */
static char *
seconds_text(int64 microseconds)
{
	int64		whole = microseconds / USECS_PER_SEC;
	int			fraction = (int) (microseconds % USECS_PER_SEC);
	char	   *text = psprintf(INT64_FORMAT ".%06d", whole, fraction);
	size_t		len = strlen(text);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return text;
}

char *
drs_duration_full(const Duration *duration)
{
	return psprintf("P%dY%dM%dDT%dH%dM%sS", duration->years, duration->months, duration->days,
					duration->hours, duration->minutes, seconds_text(duration->microseconds));
}

char *
drs_duration_short(const Duration *duration)
{
	if (drs_duration_has_time(duration))
		return drs_duration_full(duration);
	return psprintf("P%dY%dM%dD", duration->years, duration->months, duration->days);
}

bool
drs_duration_has_time(const Duration *duration)
{
	return duration->hours != 0 || duration->minutes != 0 || duration->microseconds != 0;
}

bool
drs_duration_is_zero(const Duration *duration)
{
	return duration->years == 0 && duration->months == 0 && duration->days == 0 &&
		!drs_duration_has_time(duration);
}

/* ---- and intervals */

Interval
drs_duration_to_interval(const Duration *duration)
{
	/* no part is above INT_MAX, so that 64 bits are enough */
	int64		months = (int64) duration->years * MONTHS_PER_YEAR + duration->months;
	Interval	interval = {
		.time = duration->hours * USECS_PER_HOUR + duration->minutes * USECS_PER_MINUTE +
			duration->microseconds,
		.day = duration->days,
		.month = (int32) months
	};

	if (months > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("duration out of range: \"%s\"", drs_duration_full(duration))));
	return interval;
}

/* A time of day, or more than a day, as hours, minutes and the rest.  Infinity is out of range. */
static void
set_time(Duration *duration, int64 microseconds)
{
	int64		hours = microseconds / USECS_PER_HOUR;

	if (hours > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW), errmsg("interval out of range")));
	duration->hours = (int32) hours;
	duration->minutes = (int32) (microseconds % USECS_PER_HOUR / USECS_PER_MINUTE);
	duration->microseconds = microseconds % USECS_PER_MINUTE;
}

Duration
drs_duration_of_interval(const Interval *interval)
{
	Duration	duration = {
		.years = interval->month / MONTHS_PER_YEAR,
		.months = interval->month % MONTHS_PER_YEAR,
		.days = interval->day
	};

	if (interval->month < 0 || interval->day < 0 || interval->time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval has a negative part"),
				 errdetail(NO_SIGN)));
	set_time(&duration, interval->time);
	return duration;
}

/* ---- and instants */

Timestamp
drs_duration_after(Timestamp start, const Duration *duration)
{
	Interval	interval = drs_duration_to_interval(duration);

	return DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(start),
												 IntervalPGetDatum(&interval)));
}

Timestamp
drs_duration_before(Timestamp end, const Duration *duration)
{
	Interval	interval = drs_duration_to_interval(duration);

	return DatumGetTimestamp(DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(end),
												 IntervalPGetDatum(&interval)));
}

Duration
drs_duration_between(Timestamp start, Timestamp end)
{
	int64		rest = end - start;
	Duration	duration = {.days = (int32) (rest / USECS_PER_DAY)};

	Assert(start <= end);
	set_time(&duration, rest % USECS_PER_DAY);
	return duration;
}

/* How many months are there from the month of start to that of end? */
static int
months_apart(Timestamp start, Timestamp end)
{
	struct pg_tm from;
	struct pg_tm to;
	fsec_t		fraction;

	if (timestamp2tm(start, NULL, &from, &fraction, NULL, NULL) != 0 ||
		timestamp2tm(end, NULL, &to, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return (to.tm_year - from.tm_year) * MONTHS_PER_YEAR + to.tm_mon - from.tm_mon;
}

Duration
drs_duration_calendar(Timestamp start, Timestamp end)
{
	Duration	whole = {.months = months_apart(start, end)};
	Duration	duration;

	if (whole.months > 0 && drs_duration_after(start, &whole) > end)
		whole.months--;
	duration = drs_duration_between(drs_duration_after(start, &whole), end);
	duration.years = whole.months / MONTHS_PER_YEAR;
	duration.months = whole.months % MONTHS_PER_YEAR;
	return duration;
}

Duration
drs_duration_calendar_back(Timestamp start, Timestamp end)
{
	Duration	whole = {.months = months_apart(start, end)};
	Duration	duration;

	if (whole.months > 0 && drs_duration_before(end, &whole) < start)
		whole.months--;
	duration = drs_duration_between(start, drs_duration_before(end, &whole));
	duration.years = whole.months / MONTHS_PER_YEAR;
	duration.months = whole.months % MONTHS_PER_YEAR;
	return duration;
}

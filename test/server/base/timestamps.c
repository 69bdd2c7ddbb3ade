#define _GNU_SOURCE
#include "base/timestamps.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY = 24 * 60 * 60 };

/* Reads exactly this many digits; -1 if they are not there. */
static int
digits(const char **text, int count)
{
	int			value = 0;

	for (; count > 0; count--)
	{
		if (!isdigit((unsigned char) **text))
			return -1;
		value = value * 10 + *(*text)++ - '0';
	}
	return value;
}

static bool
skip(const char **text, char wanted)
{
	if (**text != wanted)
		return false;
	(*text)++;
	return true;
}

static bool
skip_fraction(const char **text)
{
	if (!skip(text, '.'))
		return true;
	if (!isdigit((unsigned char) **text))
		return false;
	while (isdigit((unsigned char) **text))
		(*text)++;
	return true;
}

/* Reads the offset from UTC that ends the text. */
static bool
read_zone(const char *text, int64_t *seconds)
{
	int			sign = *text == '-' ? -1 : 1;
	int			hours;
	int			minutes;

	*seconds = 0;
	if (*text == '\0' || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return true;
	if (!skip(&text, '+') && !skip(&text, '-'))
		return false;
	hours = digits(&text, 2);
	if (hours < 0 || !skip(&text, ':'))
		return false;
	minutes = digits(&text, 2);
	*seconds = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes >= 0 && minutes < 60 && *text == '\0';
}

/* False for a date or time that does not exist, which timegm would carry over. */
static bool
to_seconds(struct tm t, int64_t *seconds)
{
	struct tm	same = t;

	if (t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 59)
		return false;
	*seconds = timegm(&same);
	return same.tm_mday == t.tm_mday && same.tm_mon == t.tm_mon;
}

bool
timestamp_parse_iso(const char *text, int64_t *seconds)
{
	struct tm	t = {0};
	int64_t		zone;

	t.tm_year = digits(&text, 4) - 1900;
	if (t.tm_year < -1900 || !skip(&text, '-'))
		return false;
	t.tm_mon = digits(&text, 2) - 1;
	if (t.tm_mon < 0 || !skip(&text, '-'))
		return false;
	t.tm_mday = digits(&text, 2);
	if (t.tm_mday < 1 || (!skip(&text, 'T') && !skip(&text, 't') && !skip(&text, ' ')))
		return false;
	t.tm_hour = digits(&text, 2);
	if (t.tm_hour < 0 || !skip(&text, ':'))
		return false;
	t.tm_min = digits(&text, 2);
	if (t.tm_min < 0 || !skip(&text, ':'))
		return false;
	t.tm_sec = digits(&text, 2);
	if (t.tm_sec < 0 || !skip_fraction(&text) || !read_zone(text, &zone)
		|| !to_seconds(t, seconds))
		return false;
	*seconds -= zone;
	return true;
}

bool
timestamp_parse(const char *text, size_t len, const char *format, int64_t *seconds)
{
	char		copy[TIMESTAMP_TEXT_MAX];
	struct tm	t = {0};
	const char *end;

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	end = strptime(copy, format, &t);
	return end && *end == '\0' && to_seconds(t, seconds);
}

int
timestamp_print(char *out, int64_t seconds, bool fraction)
{
	int			len = timestamp_print_as(out, seconds, "%Y-%m-%dT%H:%M:%S");

	strcpy(out + len, fraction ? ".000000Z" : "Z");
	return len + (int) strlen(out + len);
}

int
timestamp_print_micro(char *out, int64_t microseconds)
{
	int			len = timestamp_print_as(out, microseconds / 1000000, "%Y-%m-%dT%H:%M:%S");

	return len + sprintf(out + len, ".%06dZ", (int) (microseconds % 1000000));
}

int
timestamp_print_as(char *out, int64_t seconds, const char *format)
{
	time_t		clock = (time_t) seconds;
	struct tm	t;

	gmtime_r(&clock, &t);
	return (int) strftime(out, TIMESTAMP_TEXT_MAX, format, &t);
}

int
timestamp_weekday(int64_t seconds)
{
	int64_t		day = seconds >= 0 ? seconds / DAY : (seconds - DAY + 1) / DAY;

	return (int) (((day + 3) % 7 + 7) % 7);	/* 1970 began on a Thursday */
}

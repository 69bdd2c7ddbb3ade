/*
 * isotime.c
 *		Reads times in ISO 8601, such as 2026-01-31T12:00:00.000000Z.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#include "base/isotime.h"

/* Read exactly so many digits, which end at *text then.  False if there are fewer. */
static bool
read_digits(const char **text, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++, (*text)++)
	{
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

/* Read one of the characters. */
static bool
read_one_of(const char **text, const char *characters)
{
	if (**text == '\0' || strchr(characters, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

static bool
read_date(const char **text, struct pg_tm *tm)
{
	if (!read_digits(text, 4, &tm->tm_year) || !read_one_of(text, "-") ||
		!read_digits(text, 2, &tm->tm_mon) || !read_one_of(text, "-") ||
		!read_digits(text, 2, &tm->tm_mday))
		return false;
	return tm->tm_year >= 1 && tm->tm_mon >= 1 && tm->tm_mon <= MONTHS_PER_YEAR &&
		tm->tm_mday >= 1 && tm->tm_mday <= day_tab[isleap(tm->tm_year)][tm->tm_mon - 1];
}

/* Read hours and minutes; seconds and a fraction of them, in microseconds, may follow. */
static bool
read_time(const char **text, struct pg_tm *tm, int *fraction)
{
	int			unit = 100000;

	if (!read_digits(text, 2, &tm->tm_hour) || !read_one_of(text, ":") ||
		!read_digits(text, 2, &tm->tm_min))
		return false;
	if (read_one_of(text, ":") && !read_digits(text, 2, &tm->tm_sec))
		return false;
	if (read_one_of(text, ".,"))
		for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
			*fraction += (**text - '0') * unit;
	return tm->tm_hour < HOURS_PER_DAY && tm->tm_min < MINS_PER_HOUR &&
		tm->tm_sec < SECS_PER_MINUTE;
}

/* Read Z, or an offset as minutes; nothing is UTC. */
static bool
read_zone(const char **text, int *minutes)
{
	char		sign = **text;
	int			hours = 0;
	int			rest = 0;

	if (read_one_of(text, "Zz") || sign == '\0')
		return true;
	if (!read_one_of(text, "+-") || !read_digits(text, 2, &hours))
		return false;
	(void) read_one_of(text, ":");
	if (**text != '\0' && !read_digits(text, 2, &rest))
		return false;
	*minutes = (sign == '-' ? -1 : 1) * (hours * MINS_PER_HOUR + rest);
	return hours < 15 && rest < MINS_PER_HOUR;
}

char *
drs_isotime(const char *given)
{
	struct pg_tm tm = {0};
	int			fraction = 0;
	int			zone = 0;

	if (!read_date(&given, &tm) || !read_one_of(&given, "Tt ") ||
		!read_time(&given, &tm, &fraction) || !read_zone(&given, &zone) || *given != '\0')
		return NULL;
	return psprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d%c%02d:%02d", tm.tm_year, tm.tm_mon,
					tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction, zone < 0 ? '-' : '+',
					abs(zone) / MINS_PER_HOUR, abs(zone) % MINS_PER_HOUR);
}

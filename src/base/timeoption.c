/*
 * timeoption.c
 *		Reads times in ISO 8601.
 *
 * PostgreSQL's own input function accepts much more, depending on DateStyle.
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "lib/stringinfo.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/timeoption.h"

#define MAX_FRACTION 9			/* digits; nanoseconds */

/*
 * Read a number of that many digits and advance *at over them; -1 when they
 * are missing or above max.
 */
static int
take_number(const char **at, int digits, int max)
{
	int			value = 0;

	for (int i = 0; i < digits; i++)
	{
		if (!isdigit((unsigned char) (*at)[i]))
			return -1;
		value = value * 10 + (*at)[i] - '0';
	}
	*at += digits;
	return value <= max ? value : -1;
}

static bool
take_char(const char **at, const char *chars)
{
	if (**at == '\0' || strchr(chars, **at) == NULL)
		return false;
	(*at)++;
	return true;
}

static bool
take_date(const char **at, struct pg_tm *tm)
{
	tm->tm_year = take_number(at, 4, 9999);
	if (tm->tm_year < 1 || !take_char(at, "-"))
		return false;
	tm->tm_mon = take_number(at, 2, MONTHS_PER_YEAR);
	if (tm->tm_mon < 1 || !take_char(at, "-"))
		return false;
	tm->tm_mday = take_number(at, 2, day_tab[isleap(tm->tm_year)][tm->tm_mon - 1]);
	return tm->tm_mday >= 1;
}

/* Read hours and minutes, then seconds and their fraction, which may be missing. */
static bool
take_time(const char **at, struct pg_tm *tm, const char **fraction, int *fraction_len)
{
	tm->tm_hour = take_number(at, 2, HOURS_PER_DAY - 1);
	if (tm->tm_hour < 0 || !take_char(at, ":"))
		return false;
	tm->tm_min = take_number(at, 2, MINS_PER_HOUR - 1);
	if (tm->tm_min < 0 || !take_char(at, ":"))
		return tm->tm_min >= 0;
	tm->tm_sec = take_number(at, 2, SECS_PER_MINUTE - 1);
	if (tm->tm_sec < 0 || **at != '.')
		return tm->tm_sec >= 0;
	*fraction = *at;
	*fraction_len = (int) strspn(*at + 1, "0123456789") + 1;
	*at += *fraction_len;
	return *fraction_len > 1 && *fraction_len <= MAX_FRACTION + 1;
}

/*
 * Read the zone: Z, or an offset, whose minutes may be missing or follow
 * without a colon.  Append it in the form of RFC 3339.
 */
static bool
take_zone(const char **at, int *offset, StringInfo iso)
{
	char		sign = **at;
	int			hours;
	int			minutes = 0;

	if (take_char(at, "Zz"))
	{
		appendStringInfoChar(iso, 'Z');
		return true;
	}
	if (!take_char(at, "+-"))
		return false;
	hours = take_number(at, 2, 15);
	if (hours >= 0 && **at != '\0')
	{
		(void) take_char(at, ":");
		minutes = take_number(at, 2, MINS_PER_HOUR - 1);
	}
	appendStringInfo(iso, "%c%02d:%02d", sign, hours, minutes);
	*offset = (sign == '-' ? -1 : 1) * (hours * SECS_PER_HOUR + minutes * SECS_PER_MINUTE);
	return hours >= 0 && minutes >= 0;
}

char *
drs_iso_time(const char *text, Timestamp *instant)
{
	struct pg_tm tm = {0};
	const char *at = text;
	const char *fraction = "";
	int			fraction_len = 0;
	int			offset = 0;
	Timestamp	time;
	StringInfoData iso;

	if (!take_date(&at, &tm))
		return NULL;
	if (take_char(&at, "Tt ") && !take_time(&at, &tm, &fraction, &fraction_len))
		return NULL;
	initStringInfo(&iso);
	appendStringInfo(&iso, "%04d-%02d-%02dT%02d:%02d:%02d%.*s", tm.tm_year, tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec, fraction_len, fraction);
	if (*at && !take_zone(&at, &offset, &iso))
		return NULL;
	if (*at || tm2timestamp(&tm, (fsec_t) rint(atof(fraction) * USECS_PER_SEC), NULL, &time) != 0)
		return NULL;
	if (instant)
		*instant = time - (int64) offset * USECS_PER_SEC;
	return iso.data;
}

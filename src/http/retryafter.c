/*
 * retryafter.c
 *		Reads the value of the header Retry-After.
 */
#include "postgres.h"

#include "base/pgcurl.h"
#include "http/retryafter.h"

/* A number without a sign, at most INT_MAX. */
static long
read_seconds(const char *digits)
{
	long		seconds = 0;

	for (; *digits; digits++)
		seconds = Min(seconds * 10 + (*digits - '0'), INT_MAX);
	return seconds;
}

long
drs_retry_after(const char *value, time_t now)
{
	time_t		date;

	if (value[0] && value[strspn(value, "0123456789")] == '\0')
		return read_seconds(value);
	date = curl_getdate(value, NULL);
	return date > now ? (long) Min(date - now, INT_MAX) : 0;
}

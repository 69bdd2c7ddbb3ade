/* Points in time, in seconds since 1970 UTC, and their spellings. */
#ifndef STANDIN_TIMESTAMPS_H
#define STANDIN_TIMESTAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_MAX = 40 };

/* RFC 3339, the zone may be missing (UTC) and a blank may stand for the T */
bool		timestamp_parse_iso(const char *text, int64_t *seconds);

/* as strptime's format says, and nothing behind it */
bool		timestamp_parse(const char *text, size_t len, const char *format, int64_t *seconds);

/* 2018-01-09T00:00:00Z, or with six zeros behind the seconds; returns the length */
int			timestamp_print(char *out, int64_t seconds, bool fraction);

/* as strftime's format says; returns the length */
int			timestamp_print_as(char *out, int64_t seconds, const char *format);

/* 0: Monday */
int			timestamp_weekday(int64_t seconds);

#endif

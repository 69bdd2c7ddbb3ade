/* Points in time, in seconds since 1970 UTC, as text and back. */
#ifndef STANDIN_TIMESTAMPS_H
#define STANDIN_TIMESTAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_MAX = 40 };

/* RFC 3339; the zone may be missing (UTC), and a space may replace the T */
bool		timestamp_parse_iso(const char *text, int64_t *seconds);

/* in a format of strptime, which must match the whole text */
bool		timestamp_parse(const char *text, size_t len, const char *format, int64_t *seconds);

/* 2018-01-09T00:00:00Z, or with six decimals of the seconds; returns the length */
int			timestamp_print(char *out, int64_t seconds, bool fraction);

/* with the microseconds: 2018-01-09T00:00:00.000000Z; returns the length */
int			timestamp_print_micro(char *out, int64_t microseconds);

/* in a format of strftime; returns the length */
int			timestamp_print_as(char *out, int64_t seconds, const char *format);

/* 0: Monday */
int			timestamp_weekday(int64_t seconds);

#endif

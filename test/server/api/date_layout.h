/*
 * When the training, gap, validation and holdout of a partition by dates begin and end
 * (docs/api.md 5.4 to 5.6).
 */
#ifndef STANDIN_DATE_LAYOUT_H
#define STANDIN_DATE_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* reads 2015-12-24, 2015-12-24T19:00:00.5Z and so on as microseconds since 1970 in UTC */
bool		date_layout_read_time(const char *text, int64_t *time);

/*
 * The answer of the service to a specification in its spelling, for rows at these times, which are
 * sorted. counts: with the counts of rows. The caller owns it. NULL: *field is not possible, *why.
 */
json_t	   *date_layout_make(const json_t *spec, const int64_t *times, size_t n, bool counts,
							 const char **field, const char **why);

#endif

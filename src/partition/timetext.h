/*
 * timetext.h
 *		Times as text of a strftime pattern, read as Python's datetime.strptime
 *		reads them, under any locale.
 *
 * The service names the format of a date column by such a pattern (document 003,
 * date_format).  A time zone in the text is checked and otherwise ignored, as
 * the service ignores it (https://docs.datarobot.com, "date/time partitioning").
 */
#ifndef DRS_TIMETEXT_H
#define DRS_TIMETEXT_H

#include "datatype/timestamp.h"

typedef struct TimePattern TimePattern;

/*
 * Prepare a pattern, palloc'd.  Raises 22023 when it has a directive that
 * strptime has not, has one twice, or names no year.
 */
extern const TimePattern *drs_time_pattern(const char *pattern);

/*
 * The same for what PostgreSQL prints, which strptime does not read: a fraction
 * after a point (.%f) may be missing with the point, and the minutes of %z, too.
 */
extern const TimePattern *drs_time_pattern_printed(const char *pattern);

/* The pattern as it was given. */
extern const char *drs_time_pattern_text(const TimePattern *pattern);

/* Does it name no part of a day? */
extern bool drs_time_pattern_is_date(const TimePattern *pattern);

/*
 * Read a text, which needs no NUL at its end, as microseconds as a timestamp
 * has them, its year from 1 to 9999.  offset, if not NULL, is set to the seconds
 * east of UTC that the text names, 0 if none.  False when the text does not fit
 * the pattern or names no day of the calendar.  Raises 54001 when a pattern has
 * white space in so many places that the stack does not suffice.
 */
extern bool drs_time_parse(const TimePattern *pattern, const char *text, size_t len,
						   Timestamp *time, int *offset);

#endif							/* DRS_TIMETEXT_H */

/*
 * duration.h
 *		Durations as the service writes them, and their arithmetic with instants.
 *
 * A duration is a subset of ISO 8601: PnYnMnDTnHnMnS, any part may be missing but not all,
 * no weeks, no sign.  Its parts are kept as they are: P12M is not made P1Y.  Instants are of
 * the type timestamp, in UTC.
 */
#ifndef DRS_DURATION_H
#define DRS_DURATION_H

#include "datatype/timestamp.h"

/* Parts of a duration, none negative; zero initialised it is no time at all. */
typedef struct Duration
{
	int32		years;
	int32		months;
	int32		days;
	int32		hours;
	int32		minutes;
	int64		microseconds;	/* seconds with their fraction */
} Duration;

/*
 * Read text.  Returns NULL and fills *duration, or returns what is wrong with it, a constant
 * sentence for errdetail.  Never raises.
 */
extern const char *drs_duration_parse(const char *text, Duration *duration);

/* The same; raises 22007 with the sentence. */
extern Duration drs_duration_read(const char *text);

/* All six parts, as the client's helper writes them: P0Y0M14DT0H0M0S; palloc'd. */
extern char *drs_duration_full(const Duration *duration);

/*
 * As the service writes what it computes: a part of time only if there is any, such as
 * P0Y1M0D and P0Y0M48DT0H5M36S; palloc'd.
 */
extern char *drs_duration_short(const Duration *duration);

extern bool drs_duration_is_zero(const Duration *duration);

/* Has it hours, minutes or seconds other than zero? */
extern bool drs_duration_has_time(const Duration *duration);

/* The same as an interval.  Raises 22015 when that cannot represent it. */
extern Interval drs_duration_to_interval(const Duration *duration);

/* Raises 22015 when a part of the interval is negative, or it is infinite. */
extern Duration drs_duration_of_interval(const Interval *interval);

/*
 * The instant a duration after another, or before it, by the calendar: first years and months,
 * to the last day of a month that has fewer days, then days, then the time of day.  As of
 * PostgreSQL's timestamp +- interval, and Python's dateutil.  Raises 22008 out of the range
 * of timestamp.  Instants here are finite.
 */
extern Timestamp drs_duration_after(Timestamp start, const Duration *duration);
extern Timestamp drs_duration_before(Timestamp end, const Duration *duration);

/* From start to end, which is not before it: days of 24 hours, and the rest as time of day. */
extern Duration drs_duration_between(Timestamp start, Timestamp end);

/*
 * The same with years and months: as many whole months after start as are not after end, the
 * rest as above.  So start and the duration after it give end again.
 */
extern Duration drs_duration_calendar(Timestamp start, Timestamp end);

/* The same counted from end: as many whole months before it as are not before start. */
extern Duration drs_duration_calendar_back(Timestamp start, Timestamp end);

#endif							/* DRS_DURATION_H */

/*
 * timevalue.h
 *		Reads values of a time column, whatever their type, as microseconds in
 *		UTC as a timestamp has them.
 *
 * date, timestamp: as they are, taken for UTC.  timestamptz: the instant, in
 * UTC.  Texts: by a strftime pattern, which is given or detected.  Numbers: their
 * digits as text, by a pattern that is given (%Y%m%d); a number alone does not
 * say whether it counts days, seconds or milliseconds.  Domains are as what they
 * are made of.
 *
 * Without a pattern, texts are read twice: first all are shown to the reader,
 * which then knows the pattern.
 */
#ifndef DRS_TIMEVALUE_H
#define DRS_TIMEVALUE_H

#include "datatype/timestamp.h"

typedef struct TimeReader TimeReader;

/*
 * A reader of values of that type, palloc'd.  date_format is a strftime pattern,
 * NULL if none is given.  Raises 42804 for a type that is none of the above, and
 * 22023 for a pattern that is invalid, is given with a date or timestamp, or is
 * lacking with a number.
 */
extern TimeReader *drs_time_reader(Oid type, const char *date_format);

/* Must all values be shown to the reader before the first one is read? */
extern bool drs_time_reader_looks(const TimeReader *reader);

/* Show it a value, not NULL.  Raises 22007 when no pattern is left. */
extern void drs_time_reader_look(TimeReader *reader, Datum value);

/* After the last value was shown: decide.  Raises 22023 when it cannot be told. */
extern void drs_time_reader_decide(TimeReader *reader);

/*
 * Read a value, not NULL.  Raises 22007 when a text does not fit the pattern,
 * 22008 when a time is infinite.
 */
extern Timestamp drs_time_read(TimeReader *reader, Datum value);

/*
 * The format as the service reports it (dateFormat), as long as the reader; NULL
 * while it is not decided, and when there was no value to decide it by.
 */
extern const char *drs_time_reader_format(const TimeReader *reader);

/* Do the values have no part smaller than a day? */
extern bool drs_time_reader_is_date(const TimeReader *reader);

/* Did texts name different time zones?  They were ignored. */
extern bool drs_time_reader_mixed_zones(const TimeReader *reader);

#endif							/* DRS_TIMEVALUE_H */

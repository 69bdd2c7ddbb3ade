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
 * Without a pattern, the reader guesses one from the texts so far.  After all
 * values were read, it knows which it is, and whether they must be read again:
 * when a text ruled a guess out, as 13/02/2020 does after 01/02/2020.
 */
#ifndef DRS_TIMEVALUE_H
#define DRS_TIMEVALUE_H

#include "datatype/timestamp.h"

typedef struct TimeReader TimeReader;

/*
 * A reader of values of that type, palloc'd.  date_format is a strftime pattern,
 * NULL if none is given.  Raises 42804 for a type that is none of the above, and
 * 22023 for a pattern that is invalid or is given with a date or timestamp, and
 * with a number when it is lacking or does not begin with the year.
 */
extern TimeReader *drs_time_reader(Oid type, const char *date_format);

/*
 * Read a value, not NULL; it may be infinite.  Raises 22007 when a text does not
 * fit the pattern, 22008 when a date is no timestamp.
 */
extern Timestamp drs_time_read(TimeReader *reader, Datum value);

/*
 * After all values were read: decide on the pattern, if it is not given.  False
 * when they must be read again, which needs no other decision.  Raises 22023 when
 * it cannot be told.
 */
extern bool drs_time_reader_decide(TimeReader *reader);

/*
 * The format as the service reports it (dateFormat), lives as long as the reader;
 * NULL while it is not decided, and when there was no value to decide it by.
 */
extern const char *drs_time_reader_format(const TimeReader *reader);

/* Do the values have no part smaller than a day?  False while that is not decided. */
extern bool drs_time_reader_is_date(const TimeReader *reader);

/* Did texts name different time zones?  They were ignored. */
extern bool drs_time_reader_mixed_zones(const TimeReader *reader);

#endif							/* DRS_TIMEVALUE_H */

/*
 * datetimetext.h
 *		Dates and times as text, whatever the session's settings.
 */
#ifndef DRS_DATETIMETEXT_H
#define DRS_DATETIMETEXT_H

/*
 * Write a date, time, timetz, timestamp or timestamptz, as type says, in the form of
 * ISO 8601 and with a NUL after it; a timestamptz in UTC.  at has room for MAXDATELEN
 * + 1 bytes.  Returns at.
 */
extern char *drs_write_datetime(char *at, Oid type, Datum value);

/*
 * The same form for strptime, a constant, for the types that a model takes for dates;
 * NULL for all others.  Never raises.
 */
extern const char *drs_datetime_format(Oid type);

#endif							/* DRS_DATETIMETEXT_H */

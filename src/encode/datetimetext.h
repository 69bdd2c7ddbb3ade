/*
 * datetimetext.h
 *		How dates and times are written, whatever the session's settings.
 */
#ifndef DRS_DATETIMETEXT_H
#define DRS_DATETIMETEXT_H

/*
 * Write a value of date, time, timetz, timestamp or timestamptz as ISO 8601 has
 * it, a timestamptz in UTC, and a NUL; at has MAXDATELEN + 1 bytes.  Returns at.
 */
extern char *drs_write_datetime(char *at, Oid type, Datum value);

/* That form in strptime's words, for those types that a model knows as dates; else NULL. */
extern const char *drs_datetime_format(Oid type);

#endif							/* DRS_DATETIMETEXT_H */

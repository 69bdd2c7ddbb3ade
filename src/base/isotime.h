/*
 * isotime.h
 *		Times in the JSON of other programs, in ISO 8601.
 */
#ifndef DRS_ISOTIME_H
#define DRS_ISOTIME_H

/*
 * The time as text for the input function of timestamptz, palloc'd, the same whatever
 * DateStyle and TimeZone are; a time without a zone is in UTC.  NULL when it is no date
 * with a time of day that timestamptz can contain.  Never raises, except when memory is
 * out.
 */
extern char *drs_isotime(const char *given);

#endif							/* DRS_ISOTIME_H */

/*
 * seriestimes.h
 *		The times of the rows of time series, in order, series by series.
 *
 * A series is known by a hash of its name (valuehash.h).  Rows are sorted in work_mem and then
 * on disk.
 */
#ifndef DRS_SERIESTIMES_H
#define DRS_SERIESTIMES_H

#include "datatype/timestamp.h"

typedef struct SeriesTimes SeriesTimes;

/* Create one in the current memory context. */
extern SeriesTimes *drs_seriestimes_create(void);

/* Add a row of a series.  A single series has any number. */
extern void drs_seriestimes_add(SeriesTimes *times, uint64 series, Timestamp time);

/* After the last row: sort. */
extern void drs_seriestimes_finish(SeriesTimes *times);

/* Go to before the first row; advance, false after the last. */
extern void drs_seriestimes_rewind(SeriesTimes *times);
extern bool drs_seriestimes_next(SeriesTimes *times, uint64 *series, Timestamp *time);

/* Free it, and its files. */
extern void drs_seriestimes_end(SeriesTimes *times);

#endif							/* DRS_SERIESTIMES_H */

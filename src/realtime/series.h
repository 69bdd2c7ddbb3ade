/*
 * series.h
 *		Finds where one time series ends and the next begins.
 */
#ifndef DRS_SERIES_H
#define DRS_SERIES_H

#include "rows/sourcecolumns.h"

typedef struct Series Series;

/*
 * Make a series detector in the current memory context; NULL when the options
 * name neither series nor time.  With a time and no series columns, all rows
 * are one series.  Raises for columns that are not sent (42703), named twice
 * (42701), or of a type without an ordering (42883).
 */
extern Series *drs_series_create(const Columns *columns, const Options *options);

/*
 * Does this row, whose number is row, begin another series than the row
 * before it?  The first row does.  Raises when it sorts before the previous
 * row (22023), and when its series or time is NULL (22004).
 */
extern bool drs_series_next(Series *series, const Datum *values, const bool *isnull, uint64 row);

/*
 * The name of the series of a row, palloc'd; NULL when the series is not a
 * single column, or a server may write its value differently.
 */
extern char *drs_series_name(const Series *series, const Datum *values);

/* The series of a row for messages, like (store)=(North).  Palloc'd. */
extern char *drs_series_show(const Series *series, const Datum *values, const bool *isnull);

#endif							/* DRS_SERIES_H */

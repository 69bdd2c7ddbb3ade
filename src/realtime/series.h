/*
 * series.h
 *		Tells where one time series ends and the next begins.
 */
#ifndef DRS_SERIES_H
#define DRS_SERIES_H

#include "rows/sourcecolumns.h"

typedef struct Series Series;

/*
 * Make it in the current memory context; NULL when the options name neither
 * series nor time.  With a time and no series, all rows are of one series.
 * Raises for columns that are not sent (42703), repeated (42701), or without
 * an order (42883).
 */
extern Series *drs_series_create(const Columns *columns, const Options *options);

/*
 * Does this row, which has that number, begin another series than the row
 * before it?  The first does.  Raises when it sorts before that one (22023)
 * and when it lacks its series or time (22004).
 */
extern bool drs_series_next(Series *series, const Datum *values, const bool *isnull, uint64 row);

/*
 * The name of the series of a row, palloc'd; NULL when it is
 * not of one column, or its text may be written otherwise.
 */
extern char *drs_series_name(const Series *series, const Datum *values);

/* The series of a row, for messages: (store)=(North).  Palloc'd. */
extern char *drs_series_show(const Series *series, const Datum *values, const bool *isnull);

#endif							/* DRS_SERIES_H */

/*
 * timeline.h
 *		The times of all rows: how many they are, from when to when, and where the rows are.
 *
 * Times are timestamps in UTC.  A timeline that sorts keeps them, in work_mem and then on
 * disk; one that does not knows only the extent.
 */
#ifndef DRS_TIMELINE_H
#define DRS_TIMELINE_H

#include "datatype/timestamp.h"

/* What is known without sorting. */
typedef struct TimeExtent
{
	int64		nrows;			/* 0: the rest is meaningless */
	Timestamp	first;
	Timestamp	last;
	int64		tick;			/* microseconds: the smallest difference that times of the column
								 * show, so that last + tick is after all rows */
	const char *format;			/* strftime pattern of such times; a constant or the caller's */
} TimeExtent;

typedef struct Timeline Timeline;

/*
 * Create one in the current memory context.  As a column of type date has a tick of one day,
 * is_date says so; that of others is a second, or a microsecond as soon as a time has a
 * fraction of a second.
 */
extern Timeline *drs_timeline_create(bool sorts, bool is_date);

/* Add the time of a row.  Raises 22008 when it is infinite, or its year not in 1900..9999. */
extern void drs_timeline_add(Timeline *timeline, Timestamp time);

/* After the last row: sort. */
extern void drs_timeline_finish(Timeline *timeline);

/* What is known so far. */
extern TimeExtent drs_timeline_extent(const Timeline *timeline);

/* Does it keep the times of rows?  Only then the next two may be called. */
extern bool drs_timeline_sorts(const Timeline *timeline);

/*
 * How many rows are before each of these instants, in one pass.  The instants may be in any
 * order.
 */
extern void drs_timeline_ranks(Timeline *timeline, const Timestamp *instants, int64 *ranks,
							   int count);

/* The times of the rows of these ranks, counted from 0 and less than nrows, in one pass. */
extern void drs_timeline_times(Timeline *timeline, const int64 *ranks, Timestamp *times,
							   int count);

/* Free it, and its files. */
extern void drs_timeline_end(Timeline *timeline);

#endif							/* DRS_TIMELINE_H */

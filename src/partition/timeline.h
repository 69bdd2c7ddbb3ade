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
	bool		is_date;		/* times are days */
} TimeExtent;

typedef struct Timeline Timeline;

/* Create one in the current memory context. */
extern Timeline *drs_timeline_create(bool sorts);

/* Add the time of a row.  Raises 22008 when it is infinite, or its year not in 1900..9999. */
extern void drs_timeline_add(Timeline *timeline, Timestamp time);

/* After the last row: sort.  Are times of the column days? */
extern void drs_timeline_finish(Timeline *timeline, bool is_date);

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

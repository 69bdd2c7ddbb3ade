/*
 * datetimelayout.h
 *		The sets of datetime partitioning: from when to when each lasts.
 *
 * Ranges are half-open, start included and end excluded, except at the end of the data, which
 * is the time of the last row: rows at that time belong to the range that ends there.  Previews
 * of the service that are known end so, on the hour for data of whole hours
 * (2015-12-24T19:00:00).  A day lasts until the next one: if times are dates, the end of the
 * data is the day after the last.  Previews of such data end so, too: that of the first days
 * of months on 1960-12-02 (the R client's datetimePartition2.json).
 */
#ifndef DRS_DATETIMELAYOUT_H
#define DRS_DATETIMELAYOUT_H

#include "partition/datetimespec.h"
#include "partition/timeline.h"

/* A range of time.  Empty if start = end. */
typedef struct DatetimeRange
{
	Timestamp	start;
	Timestamp	end;
	const char *duration;		/* as the service writes it */
	bool		closed;			/* rows at its end belong to it: it is the end of the data */
	int64		nrows;			/* -1: the timeline does not sort */
} DatetimeRange;

/* What one model is trained on and judged by: a backtest, or the holdout. */
typedef struct DatetimeSplit
{
	DatetimeRange available;	/* from the first row to the gap */
	DatetimeRange primary;		/* its later part, whose length all splits have if possible */
	DatetimeRange gap;
	DatetimeRange scored;		/* validation of a backtest, or holdout */
	int64		nrows;			/* available, gap and scored; -1 as above */
} DatetimeSplit;

typedef struct DatetimeLayout
{
	TimeExtent	extent;			/* of the data */
	Timestamp	end;			/* of the data: extent.last, or the day after it */
	bool		has_holdout;
	DatetimeSplit holdout;		/* without holdout: available is all data, and the rest is empty
								 * and at the end of the data */
	const char *validation_duration;	/* the default */
	const char *gap_duration;
	int			nbacktests;
	DatetimeSplit *backtests;	/* by index; 0 is the most recent */
} DatetimeLayout;

/* Does it take a timeline that sorts to tell where the sets are?  Else that is for counts only. */
extern bool drs_datetimelayout_sorts(const DatetimeSpec *spec);

/*
 * Lay out the sets, palloc'd in the current memory context.  The timeline is finished.
 * Raises 22023 when there are no rows, or the data does not last long enough for what is
 * specified.
 */
extern DatetimeLayout *drs_datetimelayout_make(const DatetimeSpec *spec, Timeline *timeline);

/* Is a time in a range? */
static inline bool
drs_range_has(const DatetimeRange *range, Timestamp time)
{
	return time >= range->start &&
		(time < range->end || (range->closed && time == range->end));
}

#endif							/* DRS_DATETIMELAYOUT_H */

/*
 * datetimelayout.h
 *		The sets of datetime partitioning: from when to when each lasts.
 *
 * Ranges are half-open, start included and end excluded, except at the end of the data, which
 * is the time of the last row: rows at that time belong to the range that ends there.  Both
 * previews of the service that are known end so: on the hour for data of whole hours
 * (2015-12-24T19:00:00), which no tick after the last row explains.
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
	char	   *duration;		/* as the service writes it */
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

/* Warnings of the preview, for one part of one split. */
typedef struct LayoutWarning
{
	int			backtest;		/* -1: the holdout's, or the whole */
	const char *partition;		/* "training", "validation", "holdout", or "dataset" */
	char	   *text;
} LayoutWarning;

typedef struct DatetimeLayout
{
	TimeExtent	extent;			/* of the data */
	Timestamp	end;			/* of the data: extent.last */
	bool		has_holdout;
	DatetimeSplit holdout;		/* without holdout: available is all data, and the rest is empty
								 * and at the end of the data */
	char	   *validation_duration;	/* the default */
	char	   *gap_duration;
	int			nbacktests;
	DatetimeSplit *backtests;	/* by index; 0 is the most recent */
	List	   *warnings;		/* of LayoutWarning * */
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
	return time >= range->start && time < range->end;
}

#endif							/* DRS_DATETIMELAYOUT_H */

/*
 * datetimewarnings.h
 *		What may go wrong when models are trained on a layout that is possible.
 */
#ifndef DRS_DATETIMEWARNINGS_H
#define DRS_DATETIMEWARNINGS_H

#include "partition/datetimelayout.h"
#include "partition/seriestimes.h"

/* A warning about one part of one split. */
typedef struct LayoutWarning
{
	int			backtest;		/* -1: of the holdout, or the whole */
	const char *partition;		/* "training", "validation", "holdout" or "dataset" */
	const char *text;
} LayoutWarning;

/*
 * The warnings about a layout, as a list of LayoutWarning *, palloc'd: sets that are too small
 * for the service (https://docs.datarobot.com, "Date/time partitioning advanced options"),
 * backtests that overlap, rows that are in no set, and times of series that are not regular.
 * Those about rows need a layout of a timeline that sorts, and series is NULL without time
 * series.
 */
extern List *drs_datetime_warnings(const DatetimeSpec *spec, const DatetimeLayout *layout,
								   SeriesTimes *series);

/* A warning about all of the data, palloc'd.  The text is a constant. */
extern LayoutWarning *drs_datetime_warning(const char *text);

#endif							/* DRS_DATETIMEWARNINGS_H */

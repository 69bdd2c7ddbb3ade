/*
 * datetimespec.h
 *		Specifications of datetime partitioning: checked, and as a struct.
 *
 * A specification is a JSON object.  Its names are those of the wire (validationDuration) or
 * of the Python client (validation_duration), and so are those of the objects in it.  Times
 * are of ISO 8601, with an offset or in UTC; here they are timestamps in UTC.
 */
#ifndef DRS_DATETIMESPEC_H
#define DRS_DATETIMESPEC_H

#include "partition/datetimefields.h"
#include "partition/duration.h"

/* One backtest that is specified, in one of two forms; either has all of its fields. */
typedef struct BacktestSpec
{
	int			index;			/* 0 is the most recent */
	bool		by_dates;		/* of the second form */
	Timestamp	validation_start;	/* of both */
	Duration	gap;			/* of the first */
	Duration	validation_duration;
	const char *gap_text;		/* as they are given */
	const char *validation_text;
	Timestamp	primary_training_start; /* of the second; the gap is what is between */
	Timestamp	primary_training_end;
	Timestamp	validation_end;
} BacktestSpec;

/* After how many units the data repeats itself. */
typedef struct PeriodSpec
{
	int			count;
	TimeUnit	unit;
} PeriodSpec;

/* NULL of a pointer: not given. */
typedef struct DatetimeSpec
{
	Jsonb	   *wire;			/* what is given, under the names of the wire; without what only
								 * we know, date_format; so it can be sent */
	char	   *column;			/* datetime_partition_column */
	char	   *date_format;	/* strftime pattern of a column of text */
	TrainingSelection selection;
	Duration   *validation_duration;
	Timestamp  *holdout_start;	/* with one of the next two */
	Duration   *holdout_duration;
	Timestamp  *holdout_end;
	bool		disable_holdout;
	Duration   *gap;
	const char *validation_text;	/* durations as they are given */
	const char *holdout_text;
	const char *gap_text;
	int			number_of_backtests;	/* 0: not given */
	BacktestSpec *backtests;	/* in the order of index, from 0 on, some may be missing */
	int			nbacktests;

	/* time series */
	bool		use_time_series;
	bool		has_derivation_window;	/* else the next two are meaningless */
	int			derivation_start;	/* 0 or less, in windows_unit from the forecast point */
	int			derivation_end;
	bool		has_forecast_window;
	int			forecast_start; /* 0 or more, after it */
	int			forecast_end;
	TimeUnit	windows_unit;
	List	   *multiseries_columns;	/* of char *; one at most */
	PeriodSpec *periods;		/* periodicities */
	int			nperiods;
} DatetimeSpec;

/*
 * Check a specification and return it as a struct, palloc'd in the current memory context.
 * A null value means that the field is not given.  Raises 22023 for an unknown field, a value
 * that does not fit, and fields that exclude each other.
 */
extern DatetimeSpec *drs_datetimespec_read(Jsonb *spec);

/* The specified backtest of an index, or NULL. */
extern const BacktestSpec *drs_datetimespec_backtest(const DatetimeSpec *spec, int index);

/* A timestamp as the service writes it, palloc'd: 2015-12-10T19:00:00.000000Z. */
extern char *drs_datetimespec_instant(Timestamp time);

#endif							/* DRS_DATETIMESPEC_H */

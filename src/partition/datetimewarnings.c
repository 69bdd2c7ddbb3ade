/*
 * datetimewarnings.c
 *		Finds what may go wrong with a layout.
 */
#include "postgres.h"

#include "partition/datetimewarnings.h"
#include "partition/windowsteps.h"

/* Rows that the service needs. */
typedef struct Minimum
{
	int			training;
	int			scored;
	int			with_holdout;	/* in all */
	int			without_holdout;
} Minimum;

static const Minimum minimum_of_dates = {100, 20, 140, 120};
static const Minimum minimum_of_series = {20, 4, 0, 0};

typedef struct Finder
{
	const DatetimeSpec *spec;
	const DatetimeLayout *layout;
	TimeSteps	steps;			/* of time series */
	int64		removed;		/* rows at the beginning that only serve to derive features */
	List	   *warnings;
} Finder;

static LayoutWarning *
make_warning(int backtest, const char *partition, const char *text)
{
	LayoutWarning *warning = palloc(sizeof(LayoutWarning));

	*warning = (LayoutWarning) {backtest, partition, text};
	return warning;
}

static void
warn(Finder *finder, int backtest, const char *partition, const char *text)
{
	finder->warnings = lappend(finder->warnings, make_warning(backtest, partition, text));
}

/* ---- rows */

static void
check_minimum(Finder *finder, int backtest, const char *partition, int64 nrows, int minimum)
{
	if (nrows >= 0 && nrows < minimum)
		warn(finder, backtest, partition,
			 psprintf("The %s has " INT64_FORMAT " rows; DataRobot needs %d.", partition, nrows,
					  minimum));
}

static void
check_split(Finder *finder, const Minimum *minimum, int backtest)
{
	const DatetimeSplit *split = backtest < 0 ? &finder->layout->holdout :
		&finder->layout->backtests[backtest];
	int64		removed = finder->removed;

	check_minimum(finder, backtest, "training", split->available.nrows, minimum->training);
	check_minimum(finder, backtest, backtest < 0 ? "holdout" : "validation", split->scored.nrows,
				  minimum->scored);
	if (split->available.nrows >= minimum->training &&
		split->available.nrows < minimum->training + removed)
		warn(finder, backtest, "training",
			 psprintf("The training has " INT64_FORMAT " rows; the first " INT64_FORMAT
					  " serve only to derive features, and DataRobot needs %d more.",
					  split->available.nrows, removed, minimum->training));
}

static void
check_rows(Finder *finder)
{
	const DatetimeLayout *layout = finder->layout;
	const Minimum *minimum = finder->spec->use_time_series ? &minimum_of_series :
		&minimum_of_dates;

	check_minimum(finder, -1, "dataset", layout->extent.nrows,
				  layout->has_holdout ? minimum->with_holdout : minimum->without_holdout);
	for (int i = layout->has_holdout ? -1 : 0; i < layout->nbacktests; i++)
		check_split(finder, minimum, i);
}

/* ---- ranges */

static void
check_ranges(Finder *finder)
{
	const DatetimeLayout *layout = finder->layout;
	const DatetimeRange *holdout = &layout->holdout.scored;

	if (layout->has_holdout && holdout->end < layout->end)
		warn(finder, -1, "holdout", "The holdout ends before the data does; later rows are"
											" in no set.");
	if (layout->has_holdout && holdout->end > layout->end)
		warn(finder, -1, "holdout", "The holdout ends after the last row.");
	for (int i = 0; i < layout->nbacktests; i++)
	{
		const DatetimeRange *validation = &layout->backtests[i].scored;

		if (validation->end > layout->end)
			warn(finder, i, "validation", "The validation ends after the last row.");
		for (int j = 0; j < i; j++)
		{
			const DatetimeRange *newer = &layout->backtests[j].scored;

			if (validation->start < newer->end && newer->start < validation->end)
				warn(finder, i, "validation",
					 psprintf("The validation overlaps that of backtest %d.", j));
		}
	}
}

/* ---- time series */

static void
check_steps(Finder *finder)
{
	bool		several = finder->spec->multiseries_columns != NIL;
	const TimeSteps *steps = &finder->steps;

	if (steps->nrepeated > 0)
		warn(finder, -1, "dataset",
			 psprintf(INT64_FORMAT " %s the %stime of another row; a series has one row at a"
					  " time.", steps->nrepeated, steps->nrepeated == 1 ? "row has" : "rows have",
					  several ? "series and the " : ""));
	if (steps->ndeviating > 0 && finder->spec->windows_unit != UNIT_ROW)
		warn(finder, -1, "dataset",
			 psprintf(INT64_FORMAT " of " INT64_FORMAT " steps between rows%s are irregular;"
					  " DataRobot then takes windows in rows only.", steps->ndeviating,
					  steps->nsteps, several ? " of a series" : ""));
}

static void
check_unit(Finder *finder)
{
	const DatetimeSpec *spec = finder->spec;

	if (spec->gap == NULL && spec->has_derivation_window && spec->has_forecast_window &&
		spec->forecast_start - spec->derivation_end > 1 &&
		(spec->windows_unit == UNIT_UNKNOWN || spec->windows_unit == UNIT_ROW))
		warn(finder, -1, "training",
			 "The gap that the windows make is not taken into account, since"
					 " windows_basis_unit is not a unit of time.");
}

List *
drs_datetime_warnings(const DatetimeSpec *spec, const DatetimeLayout *layout, SeriesTimes *series)
{
	Finder		finder = {.spec = spec, .layout = layout};

	if (series)
	{
		finder.steps = drs_timesteps_of(series);
		finder.removed = drs_windowsteps_removed(spec, &finder.steps) * finder.steps.nseries;
	}
	check_rows(&finder);
	check_ranges(&finder);
	if (spec->use_time_series)
		check_unit(&finder);
	check_steps(&finder);
	return finder.warnings;
}

LayoutWarning *
drs_datetime_warning(const char *text)
{
	return make_warning(-1, "dataset", text);
}

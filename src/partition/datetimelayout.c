/*
 * datetimelayout.c
 *		Lays out the sets of datetime partitioning.
 *
 * Where the sets are if nothing is specified, the service's documents say only in part.  What
 * follows from its recorded previews: backtests follow each other without a gap between their
 * validations; durations are subtracted by the calendar; the primary training of all is as
 * long as what the oldest backtest has in its default place, less where there is not so much.
 * What is our own rule: the default duration of a validation, and the default number of
 * backtests, which is that of the R client's documents.
 */
#include "postgres.h"

#include "base/compat.h"
#include "partition/datetimelayout.h"

#define DEFAULT_BACKTESTS 1
#define DEFAULT_PARTS 10		/* a validation is a tenth of the time, or less */

typedef struct Maker
{
	const DatetimeSpec *spec;
	Timeline   *timeline;
	DatetimeLayout *layout;
	Duration	validation;		/* the defaults */
	Duration	gap;
	Timestamp	newest_end;		/* of the most recent backtest's validation */
} Maker;

pg_noreturn static void
refuse_short(const char *what, Timestamp end, const Maker *maker)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s has no training data", what),
			 errdetail("Its training would end at %s, and the data begins at %s.",
					   drs_datetimespec_instant(end),
					   drs_datetimespec_instant(maker->layout->extent.first)),
			 errhint("Specify fewer or shorter backtests, a shorter gap or a later time.")));
}

/* ---- defaults */

static int
number_of_backtests(const DatetimeSpec *spec)
{
	int			named = spec->nbacktests > 0 ?
		spec->backtests[spec->nbacktests - 1].index + 1 : DEFAULT_BACKTESTS;

	return spec->number_of_backtests > 0 ? spec->number_of_backtests : named;
}

/* The length in the largest unit of which it has one at least, rounded down. */
static Duration
round_down(int64 length, bool is_date)
{
	static const int64 units[] = {USECS_PER_DAY, USECS_PER_HOUR, USECS_PER_MINUTE, USECS_PER_SEC};

	for (size_t i = 0; i < (is_date ? 1 : lengthof(units)); i++)
		if (length >= units[i])
			return drs_duration_between(0, length - length % units[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the data is too short for a default validation_duration"),
			 errhint("Specify the option \"validation_duration\".")));
}

static void
set_validation(Maker *maker)
{
	const DatetimeSpec *spec = maker->spec;
	DatetimeLayout *layout = maker->layout;
	Timestamp	end = spec->holdout_start ? *spec->holdout_start : layout->end;
	int			parts = 2 * (layout->nbacktests + !spec->disable_holdout);

	if (spec->validation_duration)
	{
		maker->validation = *spec->validation_duration;
		layout->validation_duration = spec->validation_text;
		return;
	}
	maker->validation = round_down((end - layout->extent.first) / Max(parts, DEFAULT_PARTS),
								   layout->extent.is_date);
	layout->validation_duration = drs_duration_short(&maker->validation);
}

static Duration
duration_of_units(int count, TimeUnit unit)
{
	static const int64 lengths[] = {
		[UNIT_MILLISECOND] = 1000,[UNIT_SECOND] = USECS_PER_SEC,[UNIT_MINUTE] = USECS_PER_MINUTE,
		[UNIT_HOUR] = USECS_PER_HOUR,[UNIT_DAY] = USECS_PER_DAY,[UNIT_WEEK] = 7 * USECS_PER_DAY
	};
	int			months = unit == UNIT_MONTH ? count : unit == UNIT_QUARTER ? 3 * count :
		unit == UNIT_YEAR ? MONTHS_PER_YEAR * count : 0;
	Duration	duration = {0};

	if (unit > UNIT_UNKNOWN && unit <= UNIT_WEEK)
		duration = drs_duration_between(0, count * lengths[unit]);
	duration.years = months / MONTHS_PER_YEAR;
	duration.months = months % MONTHS_PER_YEAR;
	return duration;
}

/*
 * Of time series, what is between the last row that features are derived from and the first
 * that is forecast: in recorded previews none for windows to 0 and from 1, and 12 months for
 * windows to -12 and from 1.
 */
static void
set_gap(Maker *maker)
{
	const DatetimeSpec *spec = maker->spec;
	int			between = spec->forecast_start - spec->derivation_end - 1;

	if (spec->gap)
		maker->gap = *spec->gap;
	else if (spec->has_derivation_window && spec->has_forecast_window && between > 0)
		maker->gap = duration_of_units(between, spec->windows_unit);
	maker->layout->gap_duration = spec->gap ? spec->gap_text : drs_duration_short(&maker->gap);
}

/* Of a column of dates, no duration may have a part of time. */
static void
check_days(const Maker *maker, const Duration *duration, const char *name)
{
	if (maker->layout->extent.is_date && duration && drs_duration_has_time(duration))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be in whole days", name),
				 errdetail("The times of the rows are dates.")));
}

static void
check_all_days(const Maker *maker)
{
	const DatetimeSpec *spec = maker->spec;

	check_days(maker, spec->validation_duration, "validation_duration");
	check_days(maker, spec->holdout_duration, "holdout_duration");
	check_days(maker, &maker->gap, "gap_duration");
	for (int i = 0; i < spec->nbacktests; i++)
	{
		check_days(maker, &spec->backtests[i].gap, "backtests.gap_duration");
		check_days(maker, &spec->backtests[i].validation_duration,
				   "backtests.validation_duration");
	}
}

/* ---- places */

/* A split whose training ends with its gap, and that is scored after it. */
static DatetimeSplit
make_split(const Maker *maker, Timestamp training_end, Timestamp start, Timestamp end)
{
	const DatetimeLayout *layout = maker->layout;
	DatetimeSplit split = {0};

	split.available = (DatetimeRange) {.start = layout->extent.first, .end = training_end};
	split.primary = split.available;
	split.gap = (DatetimeRange) {.start = training_end, .end = start};
	split.scored = (DatetimeRange) {.start = start, .end = end};
	split.scored.closed = end == layout->end && !layout->extent.is_date;
	return split;
}

/*
 * The default duration of a validation, or what it is by the calendar if it does not lead from
 * start to end, as one with months, which was subtracted from the end, may not.  So sets can
 * be specified by their starts and durations.
 */
static const char *
validation_text(const Maker *maker, Timestamp start, Timestamp end)
{
	Duration	calendar;

	if (drs_duration_after(start, &maker->validation) == end)
		return maker->layout->validation_duration;
	calendar = drs_duration_calendar(start, end);
	return drs_duration_short(&calendar);
}

static void
place_holdout(Maker *maker)
{
	const DatetimeSpec *spec = maker->spec;
	DatetimeLayout *layout = maker->layout;
	Timestamp	start = layout->end;
	Timestamp	end = layout->end;
	Duration	calendar;

	layout->has_holdout = !spec->disable_holdout;
	if (spec->holdout_start)
	{
		start = *spec->holdout_start;
		end = spec->holdout_end ? *spec->holdout_end :
			drs_duration_after(start, spec->holdout_duration);
		if (start > layout->extent.last)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the holdout starts after the last row"),
					 errdetail("It starts at %s, and the last row is at %s.",
							   drs_datetimespec_instant(start),
							   drs_datetimespec_instant(layout->extent.last))));
	}
	else if (layout->has_holdout)
		start = drs_duration_before(end, &maker->validation);
	layout->holdout = make_split(maker, layout->has_holdout ?
								 drs_duration_before(start, &maker->gap) : end, start, end);
	if (layout->has_holdout && layout->holdout.gap.start <= layout->extent.first)
		refuse_short("the holdout", layout->holdout.gap.start, maker);
	calendar = drs_duration_calendar(start, end);
	layout->holdout.scored.duration = spec->holdout_duration ? spec->holdout_text :
		spec->holdout_start || !layout->has_holdout ? drs_duration_short(&calendar) :
		validation_text(maker, start, end);
	layout->holdout.gap.duration = layout->gap_duration;
	maker->newest_end = start;
}

/* A backtest that is specified. */
static DatetimeSplit
place_specified(Maker *maker, const BacktestSpec *spec)
{
	DatetimeSplit split;
	Duration	validation;
	Duration	gap;

	if (!spec->by_dates)
	{
		split = make_split(maker, drs_duration_before(spec->validation_start, &spec->gap),
						   spec->validation_start,
						   drs_duration_after(spec->validation_start,
											  &spec->validation_duration));
		split.gap.duration = spec->gap_text;
		split.scored.duration = spec->validation_text;
		return split;
	}
	split = make_split(maker, spec->primary_training_end, spec->validation_start,
					   spec->validation_end);
	gap = drs_duration_calendar(split.gap.start, split.gap.end);
	validation = drs_duration_calendar(split.scored.start, split.scored.end);
	split.gap.duration = drs_duration_short(&gap);
	split.scored.duration = drs_duration_short(&validation);
	return split;
}

/* A backtest in its default place: its validation ends where that of the next newer one starts. */
static DatetimeSplit
place_default(Maker *maker, Timestamp end)
{
	Timestamp	start = drs_duration_before(end, &maker->validation);
	DatetimeSplit split = make_split(maker, drs_duration_before(start, &maker->gap), start, end);

	split.gap.duration = maker->layout->gap_duration;
	split.scored.duration = validation_text(maker, start, end);
	return split;
}

static void
check_place(Maker *maker, int index)
{
	DatetimeLayout *layout = maker->layout;
	const DatetimeSplit *split = &layout->backtests[index];

	if (split->available.end <= layout->extent.first)
		refuse_short(psprintf("backtest %d", index), split->available.end, maker);
	if (layout->has_holdout && split->scored.end > layout->holdout.scored.start)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the validation of backtest %d overlaps the holdout", index),
				 errdetail("It ends at %s, and the holdout starts at %s.",
						   drs_datetimespec_instant(split->scored.end),
						   drs_datetimespec_instant(layout->holdout.scored.start))));
	if (split->scored.start > layout->extent.last)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the validation of backtest %d starts after the last row", index)));
}

static void
place_backtests(Maker *maker)
{
	DatetimeLayout *layout = maker->layout;
	Timestamp	end = maker->newest_end;

	layout->backtests = palloc(layout->nbacktests * sizeof(DatetimeSplit));
	for (int i = 0; i < layout->nbacktests; i++)
	{
		const BacktestSpec *spec = drs_datetimespec_backtest(maker->spec, i);

		layout->backtests[i] = spec ? place_specified(maker, spec) : place_default(maker, end);
		check_place(maker, i);
		end = layout->backtests[i].scored.start;
	}
}

/* ---- primary training */

/*
 * The end of the shortest training that all must have: that of the oldest backtest in its
 * default place, whatever is specified; if there is no such place, that of the shortest.
 */
static Timestamp
shortest_training_end(const Maker *maker)
{
	const DatetimeLayout *layout = maker->layout;
	Timestamp	end = maker->newest_end;
	Timestamp	shortest = layout->backtests[0].available.end;

	for (int i = 0; i < layout->nbacktests; i++)
	{
		end = drs_duration_before(end, &maker->validation);
		shortest = Min(shortest, layout->backtests[i].available.end);
	}
	end = drs_duration_before(end, &maker->gap);
	return end > layout->extent.first ? end : shortest;
}

/* Visit the splits that have a primary training whose start is not specified. */
static int
open_splits(const Maker *maker, DatetimeSplit **splits)
{
	DatetimeLayout *layout = maker->layout;
	int			count = 0;

	if (layout->has_holdout)
		splits[count++] = &layout->holdout;
	for (int i = 0; i < layout->nbacktests; i++)
	{
		const BacktestSpec *spec = drs_datetimespec_backtest(maker->spec, i);

		if (spec == NULL || !spec->by_dates)
			splits[count++] = &layout->backtests[i];
		else
			layout->backtests[i].primary.start = spec->primary_training_start;
	}
	return count;
}

/* The same duration before the end of each training. */
static void
start_by_duration(const Maker *maker, DatetimeSplit **splits, int count,
				  const Duration *length, Timestamp shortest)
{
	for (int i = 0; i < count; i++)
	{
		DatetimeRange *primary = &splits[i]->primary;

		if (primary->end != shortest)
			primary->start = Max(primary->start, drs_duration_before(primary->end, length));
	}
}

/* The same number of rows, and those at the time of the first of them. */
static void
start_by_rows(const Maker *maker, DatetimeSplit **splits, int count, Timestamp shortest)
{
	Timestamp  *ends = palloc((count + 1) * sizeof(Timestamp));
	int64	   *ranks = palloc((count + 1) * sizeof(int64));

	for (int i = 0; i < count; i++)
		ends[i] = splits[i]->primary.end;
	ends[count] = shortest;
	drs_timeline_ranks(maker->timeline, ends, ranks, count + 1);
	for (int i = 0; i < count; i++)
		ranks[i] = Max(ranks[i] - ranks[count], 0);
	drs_timeline_times(maker->timeline, ranks, ends, count);
	for (int i = 0; i < count; i++)
		splits[i]->primary.start = ends[i];
}

/*
 * A first backtest with a primary training of its own says how long that of the others is, and
 * in a recorded preview it is as long by the calendar, although models select rows.
 */
static void
set_primary(Maker *maker)
{
	DatetimeLayout *layout = maker->layout;
	DatetimeSplit **splits = palloc((layout->nbacktests + 1) * sizeof(DatetimeSplit *));
	int			count = open_splits(maker, splits);
	const BacktestSpec *first = drs_datetimespec_backtest(maker->spec, 0);
	Timestamp	shortest = shortest_training_end(maker);
	Duration	length;

	if (first && first->by_dates)
	{
		length = drs_duration_calendar(first->primary_training_start,
									   first->primary_training_end);
		start_by_duration(maker, splits, count, &length, DT_NOBEGIN);
	}
	else if (drs_datetimelayout_sorts(maker->spec))
		start_by_rows(maker, splits, count, shortest);
	else
	{
		length = drs_duration_calendar(layout->extent.first, shortest);
		start_by_duration(maker, splits, count, &length, shortest);
	}
}

/* ---- what is shown of them */

/*
 * Durations of training: of what is available, and without time series also of primary
 * training that is all of it, in days; else by the calendar, counted back from its end.  All
 * recorded previews have it so.
 */
static void
set_durations(const Maker *maker, DatetimeSplit *split)
{
	Duration	available = drs_duration_between(split->available.start, split->available.end);
	Duration	primary = drs_duration_calendar_back(split->primary.start, split->primary.end);

	split->available.duration = drs_duration_short(&available);
	split->primary.duration = !maker->spec->use_time_series &&
		split->primary.start == split->available.start ? split->available.duration :
		drs_duration_short(&primary);
}

/* The ranges of all splits, palloc'd. */
static DatetimeRange **
all_ranges(DatetimeLayout *layout, int *count)
{
	DatetimeRange **ranges = palloc(4 * (layout->nbacktests + 1) * sizeof(DatetimeRange *));

	*count = 0;
	for (int i = -1; i < layout->nbacktests; i++)
	{
		DatetimeSplit *split = i < 0 ? &layout->holdout : &layout->backtests[i];

		ranges[(*count)++] = &split->available;
		ranges[(*count)++] = &split->primary;
		ranges[(*count)++] = &split->gap;
		ranges[(*count)++] = &split->scored;
	}
	return ranges;
}

static void
count_rows(Maker *maker)
{
	int			count;
	DatetimeRange **ranges = all_ranges(maker->layout, &count);
	Timestamp  *bounds = palloc(2 * count * sizeof(Timestamp));
	int64	   *ranks = palloc(2 * count * sizeof(int64));

	for (int i = 0; i < count; i++)
	{
		bounds[2 * i] = ranges[i]->start;
		bounds[2 * i + 1] = ranges[i]->end + ranges[i]->closed;
	}
	if (drs_timeline_sorts(maker->timeline))
		drs_timeline_ranks(maker->timeline, bounds, ranks, 2 * count);
	for (int i = 0; i < count; i++)
		ranges[i]->nrows = drs_timeline_sorts(maker->timeline) ?
			ranks[2 * i + 1] - ranks[2 * i] : -1;
}

static void
sum_rows(DatetimeSplit *split)
{
	split->nrows = split->available.nrows < 0 ? -1 :
		split->available.nrows + split->gap.nrows + split->scored.nrows;
}

/* Without holdout, its available training is all data, and the rest is nothing. */
static void
empty_holdout(DatetimeLayout *layout)
{
	DatetimeSplit *holdout = &layout->holdout;

	holdout->available.closed = !layout->extent.is_date;
	holdout->scored.closed = false;
	holdout->primary.start = holdout->primary.end;
	holdout->primary.duration = holdout->scored.duration;
}

/* ---- the whole */

bool
drs_datetimelayout_sorts(const DatetimeSpec *spec)
{
	const BacktestSpec *first = drs_datetimespec_backtest(spec, 0);

	return spec->selection == TRAINING_BY_ROW_COUNT && !(first && first->by_dates);
}

static DatetimeLayout *
begin_layout(const DatetimeSpec *spec, Timeline *timeline)
{
	DatetimeLayout *layout = palloc0(sizeof(DatetimeLayout));

	layout->extent = drs_timeline_extent(timeline);
	if (layout->extent.nrows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no rows with a time to be partitioned by")));
	layout->end = layout->extent.last + (layout->extent.is_date ? USECS_PER_DAY : 0);
	layout->nbacktests = number_of_backtests(spec);
	return layout;
}

DatetimeLayout *
drs_datetimelayout_make(const DatetimeSpec *spec, Timeline *timeline)
{
	DatetimeLayout *layout = begin_layout(spec, timeline);
	Maker		maker = {.spec = spec, .timeline = timeline, .layout = layout};

	set_validation(&maker);
	set_gap(&maker);
	check_all_days(&maker);
	place_holdout(&maker);
	place_backtests(&maker);
	set_primary(&maker);
	for (int i = -1; i < layout->nbacktests; i++)
		set_durations(&maker, i < 0 ? &layout->holdout : &layout->backtests[i]);
	if (!layout->has_holdout)
		empty_holdout(layout);
	count_rows(&maker);
	for (int i = -1; i < layout->nbacktests; i++)
		sum_rows(i < 0 ? &layout->holdout : &layout->backtests[i]);
	return layout;
}

/*
 * datetimespec.c
 *		Reads a specification of datetime partitioning.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "base/timeoption.h"
#include "partition/datetimerules.h"
#include "partition/datetimespec.h"

/* ---- values */

static Duration *
read_duration(const char *text, const char *name)
{
	Duration   *duration;
	const char *problem;

	if (text == NULL)
		return NULL;
	duration = palloc(sizeof(Duration));
	problem = drs_duration_parse(text, duration);
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"", name, text),
				 errdetail_internal("%s", problem),
				 errhint("For example: P14D or P0Y1M0DT12H0M0S.")));
	return duration;
}

/* A time that the table of fields has checked. */
static Timestamp *
read_instant(const char *text)
{
	Timestamp  *time;

	if (text == NULL)
		return NULL;
	time = palloc(sizeof(Timestamp));
	if (drs_iso_time(text, time) == NULL)
		elog(ERROR, "time \"%s\" was not checked", text);
	return time;
}

/* ---- backtests */

static BacktestSpec
read_backtest(JsonbValue *value)
{
	const OptionTable *table = &drs_backtest_fields.table;
	BacktestFields fields;
	BacktestSpec backtest = {0};

	drs_optiontable_init(table, &fields);
	drs_optiontable_set_object(table, &fields, JsonbValueToJsonb(value), 1);
	backtest.index = fields.index;
	backtest.by_dates = drs_datetimerules_backtest(&fields);
	backtest.validation_start = *read_instant(fields.validation_start);
	if (backtest.by_dates)
	{
		backtest.primary_training_start = *read_instant(fields.primary_training_start);
		backtest.primary_training_end = *read_instant(fields.primary_training_end);
		backtest.validation_end = *read_instant(fields.validation_end);
		return backtest;
	}
	backtest.gap = *read_duration(fields.gap_duration, "backtests.gap_duration");
	backtest.gap_text = fields.gap_duration;
	backtest.validation_duration = *read_duration(fields.validation_duration,
												  "backtests.validation_duration");
	backtest.validation_text = fields.validation_duration;
	return backtest;
}

static int
compare_backtests(const void *a, const void *b)
{
	return ((const BacktestSpec *) a)->index - ((const BacktestSpec *) b)->index;
}

static void
read_backtests(DatetimeSpec *spec, Jsonb *json)
{
	JsonbCursor cursor;

	if (json == NULL)
		return;
	spec->backtests = palloc(JB_ROOT_COUNT(json) * sizeof(BacktestSpec) + 1);
	cursor = drs_jsonb_open(&json->root);
	while (drs_jsonb_next(&cursor))
		spec->backtests[spec->nbacktests++] = read_backtest(&cursor.value);
	qsort(spec->backtests, spec->nbacktests, sizeof(BacktestSpec), compare_backtests);
}

/* ---- times that contradict each other */

pg_noreturn static void
refuse(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", message),
			 hint ? errhint("%s", hint) : 0));
}

static void
check_length(const Duration *duration, const char *name)
{
	if (duration && drs_duration_is_zero(duration))
		refuse(psprintf("option \"%s\" must not be zero", name), NULL);
}

static void
check_backtest(const BacktestSpec *backtest)
{
	const char *problem = NULL;

	if (!backtest->by_dates)
	{
		check_length(&backtest->validation_duration, "backtests.validation_duration");
		return;
	}
	if (backtest->primary_training_start >= backtest->primary_training_end)
		problem = "its primary training ends before it starts";
	else if (backtest->validation_start >= backtest->validation_end)
		problem = "its validation ends before it starts";
	else if (backtest->primary_training_end > backtest->validation_start)
		problem = "its validation starts before its training ends";
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("backtest %d is not possible: %s", backtest->index, problem)));
}

static void
check_indexes(const DatetimeSpec *spec)
{
	for (int i = 0; i < spec->nbacktests; i++)
	{
		int			index = spec->backtests[i].index;

		if (spec->number_of_backtests > 0 && index >= spec->number_of_backtests)
			refuse(psprintf("backtest %d is specified, and \"number_of_backtests\" is %d", index,
							spec->number_of_backtests),
				   "Indexes are counted from 0, the most recent backtest.");
		if (i > 0 && spec->backtests[i - 1].index == index)
			refuse(psprintf("backtest %d is specified twice", index), NULL);
	}
}

static void
check_times(const DatetimeSpec *spec)
{
	check_length(spec->validation_duration, "validation_duration");
	check_length(spec->holdout_duration, "holdout_duration");
	if (spec->holdout_end && *spec->holdout_end <= *spec->holdout_start)
		refuse("the holdout ends before it starts", NULL);
	check_indexes(spec);
	for (int i = 0; i < spec->nbacktests; i++)
		check_backtest(&spec->backtests[i]);
}

/* ---- the whole */

static void
read_periods(DatetimeSpec *spec, Jsonb *json)
{
	const OptionTable *table = &drs_periodicity_fields.table;
	JsonbCursor cursor;

	if (json == NULL)
		return;
	spec->periods = palloc(JB_ROOT_COUNT(json) * sizeof(PeriodSpec) + 1);
	cursor = drs_jsonb_open(&json->root);
	while (drs_jsonb_next(&cursor))
	{
		PeriodicityFields fields;

		drs_optiontable_init(table, &fields);
		drs_optiontable_set_object(table, &fields, JsonbValueToJsonb(&cursor.value), 1);
		spec->periods[spec->nperiods++] = (PeriodSpec) {atoi(fields.time_steps), fields.time_unit};
	}
}

static void
read_windows(DatetimeSpec *spec, const DatetimeFields *fields)
{
	spec->use_time_series = fields->use_time_series;
	spec->windows_unit = fields->windows_unit;
	spec->multiseries_columns = fields->multiseries_columns;
	read_periods(spec, fields->periodicities);
	spec->has_derivation_window = fields->derivation_start != NULL;
	spec->has_forecast_window = fields->forecast_start != NULL;
	if (spec->has_derivation_window)
	{
		spec->derivation_start = atoi(fields->derivation_start);
		spec->derivation_end = atoi(fields->derivation_end);
	}
	if (spec->has_forecast_window)
	{
		spec->forecast_start = atoi(fields->forecast_start);
		spec->forecast_end = atoi(fields->forecast_end);
	}
}

static DatetimeSpec *
make_spec(const DatetimeFields *fields)
{
	DatetimeSpec *spec = palloc0(sizeof(DatetimeSpec));

	spec->column = fields->column;
	spec->date_format = fields->date_format;
	spec->selection = fields->selection;
	spec->validation_duration = read_duration(fields->validation_duration, "validation_duration");
	spec->validation_text = fields->validation_duration;
	spec->holdout_start = read_instant(fields->holdout_start);
	spec->holdout_duration = read_duration(fields->holdout_duration, "holdout_duration");
	spec->holdout_text = fields->holdout_duration;
	spec->holdout_end = read_instant(fields->holdout_end);
	spec->disable_holdout = fields->disable_holdout;
	spec->gap = read_duration(fields->gap_duration, "gap_duration");
	spec->gap_text = fields->gap_duration;
	spec->number_of_backtests = fields->number_of_backtests;
	read_backtests(spec, fields->backtests);
	read_windows(spec, fields);
	return spec;
}

/* The specification without what is only ours, as JSON. */
static Jsonb *
without_ours(Jsonb *checked)
{
	JsonbCursor cursor = drs_jsonb_open(&checked->root);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while (drs_jsonb_next(&cursor))
	{
		if (strcmp(cursor.name, DATE_FORMAT_WIRE) == 0 || strcmp(cursor.name, CLASS_FIELD) == 0)
			continue;
		drs_jsonbtext_name(&json, cursor.name);
		drs_jsonbtext_append(&json, &cursor.value);
	}
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

DatetimeSpec *
drs_datetimespec_read(Jsonb *json)
{
	const OptionTable *table = &drs_datetime_fields.table;
	JsonbValue	whole = {.type = jbvBinary,
	.val.binary = {.len = (int) VARSIZE(json), .data = &json->root}};
	StringInfoData wire;
	Jsonb	   *checked;
	DatetimeFields fields;
	DatetimeSpec *spec;

	initStringInfo(&wire);
	drs_optionwire_append(&wire, &drs_datetime_fields, &whole, "spec", true);
	checked = drs_jsonbtext_parse(wire.data);
	drs_optiontable_init(table, &fields);
	drs_optiontable_set_object(table, &fields, checked, 1);
	drs_datetimerules_check(&fields);
	spec = make_spec(&fields);
	check_times(spec);
	spec->wire = without_ours(checked);
	return spec;
}

const BacktestSpec *
drs_datetimespec_backtest(const DatetimeSpec *spec, int index)
{
	for (int i = 0; i < spec->nbacktests; i++)
		if (spec->backtests[i].index == index)
			return &spec->backtests[i];
	return NULL;
}

char *
drs_datetimespec_instant(Timestamp time)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (timestamp2tm(time, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fraction);
}

/*
 * datetimerules.c
 *		Checks a specification of datetime partitioning as a whole.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "partition/datetimerules.h"

pg_noreturn static void
refuse(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", message),
			 hint ? errhint("%s", hint) : 0));
}

/* ---- fields */

static void
check_holdout(const DatetimeFields *fields)
{
	bool		has_length = fields->holdout_duration || fields->holdout_end;

	if (fields->disable_holdout && (fields->holdout_start || has_length))
		refuse("option \"disable_holdout\" excludes \"holdout_start_date\","
			   " \"holdout_duration\" and \"holdout_end_date\"", NULL);
	if (fields->holdout_duration && fields->holdout_end)
		refuse("options \"holdout_duration\" and \"holdout_end_date\" exclude each other", NULL);
	if ((fields->holdout_start != NULL) != has_length)
		refuse("option \"holdout_start_date\" is given together with \"holdout_duration\" or"
			   " \"holdout_end_date\"",
			   "Without them, the holdout is the latest data, as long as a validation.");
}

/* Two ends of a window, which are given together and in order. */
static void
check_window(const char *start, const char *end, const char *name, bool may_be_one)
{
	if ((start != NULL) != (end != NULL))
		refuse(psprintf("options \"%s_start\" and \"%s_end\" are given together or not at all",
						name, name), NULL);
	if (start && (atoi(start) > atoi(end) || (!may_be_one && atoi(start) == atoi(end))))
		refuse(psprintf("option \"%s_start\" must be less than \"%s_end\"", name, name), NULL);
}

static void
check_windows(const DatetimeFields *fields)
{
	check_window(fields->derivation_start, fields->derivation_end, "feature_derivation_window",
				 false);
	check_window(fields->forecast_start, fields->forecast_end, "forecast_window", true);
	if (fields->forecast_start && atoi(fields->forecast_start) == 0 && !fields->unsupervised)
		refuse("option \"forecast_window_start\" must be at least 1",
			   "Only with \"unsupervised_mode\" may a forecast be of the forecast point itself.");
}

/* Only time series have them. */
static void
check_time_series(const DatetimeFields *fields)
{
	const char *name = fields->derivation_start ? "feature_derivation_window_start" :
		fields->forecast_start ? "forecast_window_start" :
		fields->multiseries_columns ? "multiseries_id_columns" :
		fields->use_cross_series ? "use_cross_series_features" : NULL;

	if (!fields->use_time_series && name)
		refuse(psprintf("option \"%s\" needs \"use_time_series\"", name), NULL);
}

static void
check_series(const DatetimeFields *fields)
{
	if (list_length(fields->multiseries_columns) > 1)
		refuse("option \"multiseries_id_columns\" takes one column", NULL);
	if (list_length(fields->cross_series_columns) > 1)
		refuse("option \"cross_series_group_by_columns\" takes one column", NULL);
	if (fields->cross_series_columns && !fields->use_cross_series)
		refuse("option \"cross_series_group_by_columns\" needs \"use_cross_series_features\"",
			   NULL);
	if (fields->use_cross_series && !fields->multiseries_columns)
		refuse("option \"use_cross_series_features\" needs \"multiseries_id_columns\"", NULL);
	if (fields->known_in_advance && fields->a_priori &&
		strcmp(fields->known_in_advance, fields->a_priori) != 0)
		refuse("options \"default_to_known_in_advance\" and \"default_to_a_priori\" contradict"
			   " each other", "The second is the older name of the first.");
	if (fields->unsupervised_type && !fields->unsupervised)
		refuse("option \"unsupervised_type\" needs \"unsupervised_mode\"", NULL);
}

/* Periods are in rows if windows are. */
static void
check_periodicities(const DatetimeFields *fields)
{
	const OptionTable *table = &drs_periodicity_fields.table;
	JsonbCursor cursor;

	if (fields->periodicities == NULL || fields->windows_unit == UNIT_UNKNOWN)
		return;
	cursor = drs_jsonb_open(&fields->periodicities->root);
	while (drs_jsonb_next(&cursor))
	{
		PeriodicityFields periodicity;

		drs_optiontable_init(table, &periodicity);
		drs_optiontable_set_object(table, &periodicity, JsonbValueToJsonb(&cursor.value), 1);
		if (fields->windows_unit == UNIT_ROW && periodicity.time_unit != UNIT_ROW)
			refuse("option \"periodicities\" must be in the unit ROW, as"
				   " \"windows_basis_unit\" is", NULL);
	}
}

void
drs_datetimerules_check(const DatetimeFields *fields)
{
	check_holdout(fields);
	check_time_series(fields);
	check_windows(fields);
	check_series(fields);
	check_periodicities(fields);
}

bool
drs_datetimerules_backtest(const BacktestFields *fields)
{
	bool		by_dates = fields->validation_end || fields->primary_training_start ||
		fields->primary_training_end;
	bool		by_duration = fields->gap_duration || fields->validation_duration;
	bool		complete = fields->validation_start &&
		(by_dates ? fields->validation_end && fields->primary_training_start &&
		 fields->primary_training_end : fields->gap_duration && fields->validation_duration);

	if ((by_dates && by_duration) || !complete)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 by_dates && by_duration ?
				 errmsg("backtest %d is specified by durations and by dates", fields->index)
				 : errmsg("the specification of backtest %d is incomplete", fields->index),
				 errhint("A backtest has \"gap_duration\", \"validation_start_date\" and"
						 " \"validation_duration\"; or \"primary_training_start_date\","
						 " \"primary_training_end_date\", \"validation_start_date\" and"
						 " \"validation_end_date\".")));
	return by_dates;
}

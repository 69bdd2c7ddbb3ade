/*
 * datetimefields.c
 *		The tables of the fields of a specification of datetime partitioning.
 *
 * To add a field: a line in a table below, and a row with its test in the table of the
 * partitioning API in docs/.
 */
#include "postgres.h"

#include "partition/datetimefields.h"

/* A line of a table. */
typedef OptionDef DatetimeField;

/* Each table has one home. */
#define HERE 1
#define PLACE(name_) {.home = HERE, .name = (name_), .is_json = true}

#define FIELD(struct_, member_, name_, wire_, type_, ...) \
	{.name = (name_), .wire_name = (wire_), .homes = HERE, .type = (type_), \
	 .offset = offsetof(struct_, member_), __VA_ARGS__}
#define OF_SPEC(member_, name_, wire_, type_, ...) \
	FIELD(DatetimeFields, member_, name_, wire_, type_, __VA_ARGS__)
#define OF_BACKTEST(member_, name_, wire_, type_, ...) \
	FIELD(BacktestFields, member_, name_, wire_, type_, __VA_ARGS__)
#define NEEDED .required = HERE
#define TEXT .flags = OPTION_AS_TEXT

#define GROUP_OF(struct_, fields_, places_, prefix_) \
	{.table = {.defs = (fields_), .ndefs = lengthof(fields_), .size = sizeof(struct_), \
			   .places = (places_), .nplaces = lengthof(places_), .prefix = (prefix_)}}

#define MAX_BACKTESTS 20		/* of the service's form */
#define MAX_WINDOW 1000000		/* units; far above what the service takes */

static const OptionChoice selection_choices[] = {
	{"duration", TRAINING_BY_DURATION}, {"rowCount", TRAINING_BY_ROW_COUNT},
	{"row_count", TRAINING_BY_ROW_COUNT}, {0}
};
static const OptionChoice sampling_choices[] = {{"random", 0}, {"latest", 1}, {0}};
static const OptionChoice unit_choices[] = {
	{"MILLISECOND", UNIT_MILLISECOND}, {"SECOND", UNIT_SECOND}, {"MINUTE", UNIT_MINUTE},
	{"HOUR", UNIT_HOUR}, {"DAY", UNIT_DAY}, {"WEEK", UNIT_WEEK}, {"MONTH", UNIT_MONTH},
	{"QUARTER", UNIT_QUARTER}, {"YEAR", UNIT_YEAR}, {"ROW", UNIT_ROW}, {0}
};
static const OptionChoice class_choices[] = {{"DatetimePartitioningSpecification", 0}, {0}};
static const OptionChoice method_choices[] = {{"datetime", 0}, {0}};
static const OptionChoice differencing_choices[] = {
	{"auto", 0}, {"none", 1}, {"simple", 2}, {"seasonal", 3}, {0}
};
static const OptionChoice exponential_choices[] = {{"auto", 0}, {"never", 1}, {"always", 2}, {0}};
static const OptionChoice aggregation_choices[] = {{"total", 0}, {"average", 1}, {0}};
static const OptionChoice unsupervised_choices[] = {{"anomaly", 0}, {"clustering", 1}, {0}};

/* ---- parts */

static const OptionPlace backtest_places[] = {PLACE("a backtest")};
static const DatetimeField backtest_fields[] = {
	OF_BACKTEST(index, "index", NULL, OPTION_INT, NEEDED, .max = MAX_BACKTESTS - 1),
	OF_BACKTEST(gap_duration, "gap_duration", "gapDuration", OPTION_TEXT, TEXT),
	OF_BACKTEST(validation_start, "validation_start_date", "validationStartDate",
				OPTION_INSTANT, TEXT),
	OF_BACKTEST(validation_duration, "validation_duration", "validationDuration",
				OPTION_TEXT, TEXT),
	OF_BACKTEST(validation_end, "validation_end_date", "validationEndDate", OPTION_INSTANT, TEXT),
	OF_BACKTEST(primary_training_start, "primary_training_start_date",
				"primaryTrainingStartDate", OPTION_INSTANT, TEXT),
	OF_BACKTEST(primary_training_end, "primary_training_end_date", "primaryTrainingEndDate",
				OPTION_INSTANT, TEXT),
};
const OptionGroup drs_backtest_fields =
GROUP_OF(BacktestFields, backtest_fields, backtest_places, "backtests.");

static const OptionPlace periodicity_places[] = {PLACE("a periodicity")};
static const DatetimeField periodicity_fields[] = {
	FIELD(PeriodicityFields, time_steps, "time_steps", "timeSteps", OPTION_INT, NEEDED, TEXT,
		  .max = PG_INT32_MAX),
	FIELD(PeriodicityFields, time_unit, "time_unit", "timeUnit", OPTION_CHOICE, NEEDED,
		  .choices = unit_choices),
};
const OptionGroup drs_periodicity_fields =
GROUP_OF(PeriodicityFields, periodicity_fields, periodicity_places, "periodicities.");

/* Nothing of them is read here. */
static const OptionPlace feature_places[] = {PLACE("the settings of a feature")};
static const DatetimeField feature_fields[] = {
	{.name = "feature_name", .wire_name = "featureName", .homes = HERE, .type = OPTION_TEXT,
	NEEDED},
	{.name = "known_in_advance", .wire_name = "knownInAdvance", .homes = HERE,
	.type = OPTION_BOOL},
	{.name = "a_priori", .wire_name = "aPriori", .homes = HERE, .type = OPTION_BOOL},
	{.name = "do_not_derive", .wire_name = "doNotDerive", .homes = HERE, .type = OPTION_BOOL},
};
static const OptionGroup feature_group =
GROUP_OF(int, feature_fields, feature_places, "feature_settings.");

/* ---- the whole */

static const OptionPlace spec_places[] = {PLACE("datetime partitioning")};

static const DatetimeField spec_fields[] = {
	OF_SPEC(column, "datetime_partition_column", "datetimePartitionColumn", OPTION_TEXT,
			NEEDED, TEXT),
	OF_SPEC(selection, "autopilot_data_selection_method", "autopilotDataSelectionMethod",
			OPTION_CHOICE, .choices = selection_choices, .preset = TRAINING_BY_DURATION),
	OF_SPEC(other_text, "autopilot_data_sampling_method", "autopilotDataSamplingMethod",
			OPTION_CHOICE, TEXT, .choices = sampling_choices),
	OF_SPEC(validation_duration, "validation_duration", "validationDuration", OPTION_TEXT, TEXT),
	OF_SPEC(holdout_start, "holdout_start_date", "holdoutStartDate", OPTION_INSTANT, TEXT),
	OF_SPEC(holdout_duration, "holdout_duration", "holdoutDuration", OPTION_TEXT, TEXT),
	OF_SPEC(holdout_end, "holdout_end_date", "holdoutEndDate", OPTION_INSTANT, TEXT),
	OF_SPEC(disable_holdout, "disable_holdout", "disableHoldout", OPTION_BOOL),
	OF_SPEC(gap_duration, "gap_duration", "gapDuration", OPTION_TEXT, TEXT),
	OF_SPEC(number_of_backtests, "number_of_backtests", "numberOfBacktests", OPTION_INT,
			.min = 1, .max = MAX_BACKTESTS),
	OF_SPEC(backtests, "backtests", NULL, OPTION_GROUPS, .group = &drs_backtest_fields),
	OF_SPEC(other_text, "cv_method", "cvMethod", OPTION_CHOICE, TEXT, .choices = method_choices),

	OF_SPEC(use_time_series, "use_time_series", "useTimeSeries", OPTION_BOOL),
	OF_SPEC(derivation_start, "feature_derivation_window_start", "featureDerivationWindowStart",
			OPTION_INT, TEXT, .min = -MAX_WINDOW),
	OF_SPEC(derivation_end, "feature_derivation_window_end", "featureDerivationWindowEnd",
			OPTION_INT, TEXT, .min = -MAX_WINDOW),
	OF_SPEC(forecast_start, "forecast_window_start", "forecastWindowStart", OPTION_INT, TEXT,
			.max = MAX_WINDOW),
	OF_SPEC(forecast_end, "forecast_window_end", "forecastWindowEnd", OPTION_INT, TEXT,
			.max = MAX_WINDOW),
	OF_SPEC(windows_unit, "windows_basis_unit", "windowsBasisUnit", OPTION_CHOICE,
			.choices = unit_choices),
	OF_SPEC(known_in_advance, "default_to_known_in_advance", "defaultToKnownInAdvance",
			OPTION_BOOL, TEXT),
	OF_SPEC(a_priori, "default_to_a_priori", "defaultToAPriori", OPTION_BOOL, TEXT),
	OF_SPEC(other_text, "default_to_do_not_derive", "defaultToDoNotDerive", OPTION_BOOL, TEXT),
	OF_SPEC(other_json, "feature_settings", "featureSettings", OPTION_GROUPS,
			.group = &feature_group),
	OF_SPEC(periodicities, "periodicities", NULL, OPTION_GROUPS,
			.group = &drs_periodicity_fields),
	OF_SPEC(other_text, "differencing_method", "differencingMethod", OPTION_CHOICE, TEXT,
			.choices = differencing_choices),
	OF_SPEC(other_text, "treat_as_exponential", "treatAsExponential", OPTION_CHOICE, TEXT,
			.choices = exponential_choices),
	OF_SPEC(multiseries_columns, "multiseries_id_columns", "multiseriesIdColumns", OPTION_NAMES),
	OF_SPEC(use_cross_series, "use_cross_series_features", "useCrossSeriesFeatures",
			OPTION_BOOL),
	OF_SPEC(other_text, "aggregation_type", "aggregationType", OPTION_CHOICE, TEXT,
			.choices = aggregation_choices),
	OF_SPEC(cross_series_columns, "cross_series_group_by_columns", "crossSeriesGroupByColumns",
			OPTION_NAMES),
	OF_SPEC(other_text, "calendar_id", "calendarId", OPTION_TEXT, TEXT),
	OF_SPEC(other_text, "model_splits", "modelSplits", OPTION_INT, TEXT, .min = 1,
			.max = PG_INT32_MAX),
	OF_SPEC(other_text, "allow_partial_history_time_series_predictions",
			"allowPartialHistoryTimeSeriesPredictions", OPTION_BOOL, TEXT),
	OF_SPEC(unsupervised, "unsupervised_mode", "unsupervisedMode", OPTION_BOOL),
	OF_SPEC(unsupervised_type, "unsupervised_type", "unsupervisedType", OPTION_CHOICE, TEXT,
			.choices = unsupervised_choices),
	OF_SPEC(other_json, "autopilot_cluster_list", "autopilotClusterList", OPTION_NUMBERS),
	OF_SPEC(other_text, "is_holdout_modified", "isHoldoutModified", OPTION_BOOL, TEXT),

	/* ours; never sent */
	OF_SPEC(other_text, CLASS_FIELD, NULL, OPTION_CHOICE, TEXT, .choices = class_choices),
	OF_SPEC(date_format, DATE_FORMAT_FIELD, DATE_FORMAT_WIRE, OPTION_TEXT, TEXT),
};

const OptionGroup drs_datetime_fields =
GROUP_OF(DatetimeFields, spec_fields, spec_places, NULL);

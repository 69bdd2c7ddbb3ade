/*
 * datetimefields.h
 *		The fields of a specification of datetime partitioning, as they are given.
 */
#ifndef DRS_DATETIMEFIELDS_H
#define DRS_DATETIMEFIELDS_H

#include "base/optionwire.h"

/* How models of the autopilot choose the rows that they train on. */
typedef enum TrainingSelection
{
	TRAINING_BY_DURATION,
	TRAINING_BY_ROW_COUNT
} TrainingSelection;

/* Units of windows and periodicities. */
typedef enum TimeUnit
{
	UNIT_UNKNOWN,				/* not given: that of the data's step */
	UNIT_MILLISECOND,
	UNIT_SECOND,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_ROW					/* rows instead of time */
} TimeUnit;

/* Texts are checked values in the service's spelling; NULL: not given. */
typedef struct DatetimeFields
{
	char	   *column;
	char	   *date_format;
	TrainingSelection selection;
	char	   *validation_duration;
	char	   *holdout_start;
	char	   *holdout_duration;
	char	   *holdout_end;
	bool		disable_holdout;
	char	   *gap_duration;
	int			number_of_backtests;	/* 0: not given */
	Jsonb	   *backtests;
	bool		use_time_series;
	char	   *known_in_advance;	/* default_to_known_in_advance, and its older name */
	char	   *a_priori;
	char	   *derivation_start;
	char	   *derivation_end;
	char	   *forecast_start;
	char	   *forecast_end;
	TimeUnit	windows_unit;
	Jsonb	   *periodicities;
	List	   *multiseries_columns;
	bool		use_cross_series;
	List	   *cross_series_columns;
	bool		unsupervised;
	char	   *unsupervised_type;

	/* what is only sent, one over another */
	char	   *other_text;
	List	   *other_names;
	Jsonb	   *other_json;
} DatetimeFields;

typedef struct BacktestFields
{
	int			index;
	char	   *gap_duration;
	char	   *validation_start;
	char	   *validation_duration;
	char	   *validation_end;
	char	   *primary_training_start;
	char	   *primary_training_end;
} BacktestFields;

typedef struct PeriodicityFields
{
	char	   *time_steps;
	TimeUnit	time_unit;
} PeriodicityFields;

/* The fields that are only ours. */
#define CLASS_FIELD "class"
#define DATE_FORMAT_FIELD "date_format"
#define DATE_FORMAT_WIRE "dateFormat"

extern const OptionGroup drs_datetime_fields;
extern const OptionGroup drs_backtest_fields;
extern const OptionGroup drs_periodicity_fields;

#endif							/* DRS_DATETIMEFIELDS_H */

/*
 * forecasts.c
 *		What is different when a run writes the forecasts of time series.
 */
#include "postgres.h"

#include "into/forecasts.h"

void
drs_forecasts_check(const Options *options)
{
	drs_options_require_stop(options);
	if (options->write.workers > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot share time series"),
				 errdetail("Each takes a range of the keys, which could divide a series.")));
}

bool
drs_forecasts_follow_keys(const Options *options)
{
	List	   *names = list_copy(options->call.series_columns);
	ListCell   *name;
	ListCell   *key;

	if (options->call.time_column)
		names = lappend(names, options->call.time_column);
	if (list_length(options->call.key_columns) < list_length(names))
		return false;
	forboth(name, names, key, options->call.key_columns)
		if (strcmp(lfirst(name), lfirst(key)) != 0)
			return false;
	return true;
}

ScoredSeries *
drs_forecasts_series_of(TupleDesc desc, const Options *options, List *key)
{
	ScoredSeries *series = palloc(sizeof(ScoredSeries));

	series->key = drs_key_of(desc, options->call.series_columns);
	series->values = drs_key_values(
		series->key, list_truncate(list_copy(key), list_length(options->call.series_columns)));
	return series;
}

bool
drs_forecasts_series_contains(const ScoredSeries *series, const Datum *row_values)
{
	return drs_key_compare(series->key, row_values, series->values) == 0;
}

const char *
drs_forecasts_needed_column(const Target *target, const Output *output)
{
	ListCell   *lc;

	if (output->where != NIL)	/* all of them are columns of the query, and NULL
								 * matches nothing */
		return ((const OutputColumn *) linitial(output->where))->target;
	foreach(lc, output->keys)
	{
		const TargetColumn *column = drs_target_column(target, lfirst(lc));

		/* a table that we create gets its keys as primary key */
		if (column == NULL || column->not_null)
			return lfirst(lc);
	}
	return NULL;
}

void
drs_forecasts_refuse_made(const Target *target, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("a forecast for a row that the server made has no value for column \"%s\" of"
					" %s", column, target->name),
			 errdetail("Key columns are those of the row that was sent, and there is none."),
			 errhint("Add rows for the times to forecast to the query, or write to a target"
					 " without that column.")));
}

/*
 * forecasts.h
 *		What is different when a run writes the forecasts of time series.
 *
 * Each forecast is a row of the output.  There may be none, one or several for a row
 * that was read, and some for rows that the server made.  A request contains whole
 * series, and a slice whole requests.
 */
#ifndef DRS_FORECASTS_H
#define DRS_FORECASTS_H

#include "base/compat.h"
#include "config/option.h"
#include "into/target.h"
#include "into/targetoutput.h"
#include "rows/key.h"

/* Raise 0A000 for options that would have to divide series. */
extern void drs_forecasts_check(const Options *options);

/* Are the rows of a series next to each other in the order of the keys? */
extern bool drs_forecasts_follow_keys(const Options *options);

/* The series that a row of the query belongs to. */
typedef struct ScoredSeries
{
	Key		   *key;
	Datum	   *values;
} ScoredSeries;

/*
 * The series of the row with this key, of texts as drs_key_texts() writes them, if
 * drs_forecasts_follow_keys().  Palloc'd.
 */
extern ScoredSeries *drs_forecasts_series_of(TupleDesc desc, const Options *options, List *key);

/* Does a row of the query belong to the series? */
extern bool drs_forecasts_series_contains(const ScoredSeries *series, const Datum *row_values);

/*
 * A column that the target needs and that is filled from the row that a forecast is
 * for.  NULL: there is none, so forecasts for rows that the server made can be
 * written.
 */
extern const char *drs_forecasts_needed_column(const Target *target, const Output *output);

/* Raise 23502: there is such a column, and a forecast for a row that the server made. */
pg_noreturn extern void drs_forecasts_refuse_made(const Target *target, const char *column);

#endif							/* DRS_FORECASTS_H */

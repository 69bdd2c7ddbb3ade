/*
 * forecasts.h
 *		What is different when a run writes the forecasts of time series.
 *
 * A forecast is a row of the output by itself: there may be none, one or
 * several for a row that was read, and some for rows that the server made.
 * Requests hold whole series, and slices whole requests.
 */
#ifndef DRS_FORECASTS_H
#define DRS_FORECASTS_H

#include "base/compat.h"
#include "config/option.h"
#include "into/target.h"
#include "into/targetoutput.h"
#include "rows/key.h"

/* Do the options name time series? */
extern bool drs_forecasts_wanted(const Options *options);

/* Raise 0A000 for options that would have to divide series. */
extern void drs_forecasts_check(const Options *options);

/*
 * Do the rows of a series follow each other in the order of the keys, and no others between them?
 */
extern bool drs_forecasts_follow_keys(const Options *options);

/* The series that a row belongs to; of the columns of a query. */
typedef struct ScoredSeries
{
	Key		   *key;
	Datum	   *values;
} ScoredSeries;

/*
 * The series of the row with that key, of texts as drs_key_texts
 * writes them, where drs_forecasts_follow_keys.  Palloc'd.
 */
extern ScoredSeries *drs_forecasts_series_of(TupleDesc desc, const Options *options, List *key);

/* Does a row, of the columns of the query, belong to the series? */
extern bool drs_forecasts_series_contains(const ScoredSeries *series, const Datum *row_values);

/*
 * A column that is filled from the row that a forecast is for, and that the
 * target needs; NULL: there is none, so that forecasts for rows that the
 * server made can be written.
 */
extern const char *drs_forecasts_needed_column(const Target *target, const Output *output);

/* Raise 23502: there is such a column, and a forecast without its row. */
pg_noreturn extern void drs_forecasts_refuse_made(const Target *target, const char *column);

#endif							/* DRS_FORECASTS_H */

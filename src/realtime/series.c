/*
 * series.c
 *		Finds where one time series ends and the next begins.
 *
 * A model of time series looks at a row together with the history of its
 * series, so no series may be divided between requests: the server takes the
 * rows of a request for the whole history.  When rows are sorted by series
 * and time, each comparison with the previous row shows the end of a series,
 * and no other state is needed.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/names.h"
#include "realtime/series.h"
#include "rows/key.h"

struct Series
{
	MemoryContext cxt;
	Key		   *series;			/* may have no columns */
	Key		   *order;			/* the same columns, followed by the time if there is one */
	Datum	   *last;			/* values of order of the previous row; NULL: there was none */
};

/* The columns of series and time must be sent, since the model needs them. */
static void
check_sent(const Columns *columns, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (drs_names_column_among(columns->desc, columns->sent, columns->nsent, lfirst(lc)) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of the time series is not among those that are sent",
							(char *) lfirst(lc)),
					 errhint("It must be a column of the query.")));
}

Series *
drs_series_create(const Columns *columns, const Options *options)
{
	Series	   *series;
	List	   *names = list_copy(options->call.series_columns);

	if (options->call.time_column)
		names = lappend(names, options->call.time_column);
	if (names == NIL)
		return NULL;
	check_sent(columns, names);
	series = palloc0(sizeof(Series));
	series->cxt = CurrentMemoryContext;
	series->series = drs_key_of(columns->desc, options->call.series_columns);
	series->order = drs_key_of(columns->desc, names);
	return series;
}

static void
refuse_null(const Series *series, const bool *isnull, uint64 row)
{
	const char *column = drs_key_null_column(series->order, isnull);

	if (column)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"%s\" is NULL in row " UINT64_FORMAT, column, row),
				 errdetail("Every row of a time series needs a series and a time.")));
}

static void
refuse_order(const Series *series, const Datum *values, const bool *isnull, uint64 row)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < series->order->ncolumns; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(series->order->columns[i].name));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("row " UINT64_FORMAT " is out of order", row),
			 errdetail("It has %s, which sorts before the previous row.",
					   drs_key_show(series->order, values, isnull)),
			 errhint("Use ORDER BY %s.", names.data)));
}

bool
drs_series_next(Series *series, const Datum *values, const bool *isnull, uint64 row)
{
	bool		begins = series->last == NULL;
	MemoryContext old;

	refuse_null(series, isnull, row);
	if (series->last)
	{
		if (drs_key_compare(series->order, values, series->last) < 0)
			refuse_order(series, values, isnull, row);
		/* the columns of series are the first ones of order */
		begins = drs_key_compare(series->series, values, series->last) != 0;
		drs_key_free(series->order, series->last);
	}
	old = MemoryContextSwitchTo(series->cxt);
	series->last = drs_key_copy(series->order, values);
	MemoryContextSwitchTo(old);
	return begins;
}

char *
drs_series_name(const Series *series, const Datum *values)
{
	const KeyColumn *column = &series->series->columns[0];

	if (series->series->ncolumns != 1)
		return NULL;
	switch (column->type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return OutputFunctionCall(unconstify(FmgrInfo *, &column->output),
									  values[column->index]);
		default:
			return NULL;
	}
}

char *
drs_series_show(const Series *series, const Datum *values, const bool *isnull)
{
	if (series->series->ncolumns == 0)
		return pstrdup("of all rows");
	return drs_key_show(series->series, values, isnull);
}

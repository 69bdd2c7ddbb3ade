/*
 * datetimepartitioning.c
 *		The functions datetime_partitioning, datetime_partitions and
 *		datetime_specification: previews of datetime partitioning.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "partition/datetimepreview.h"
#include "partition/datetimewarnings.h"
#include "partition/previewparts.h"
#include "partition/timevalue.h"
#include "partition/valuehash.h"
#include "rows/source.h"
#include "sql/arguments.h"
#include "sql/datetimepartitioning.h"
#include "sql/querycolumn.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_datetime_partitioning);
PG_FUNCTION_INFO_V1(drs_datetime_partitions);
PG_FUNCTION_INFO_V1(drs_datetime_specification);

/* The rows of the query: their times, as they come. */
typedef struct TimeColumn
{
	const DatetimeSpec *spec;
	int			column;			/* of the query, from 1 */
	TimeReader *reader;
	int			series_column;	/* 0: none */
	ValueHasher *hasher;		/* of its values; NULL: it is a hash already */
	Tuplestorestate *texts;		/* texts and series, as long as the format of the texts is only
								 * guessed; else NULL */
	TupleDesc	texts_desc;
	Timeline   *timeline;
	SeriesTimes *series;		/* NULL: no time series */
	MemoryContext row_cxt;
} TimeColumn;

static void
start_times(TimeColumn *times)
{
	times->timeline = drs_timeline_create(true);
	times->series = times->spec->use_time_series ? drs_seriestimes_create() : NULL;
}

static void
start_column(TupleDesc desc, void *arg)
{
	TimeColumn *times = arg;
	const DatetimeSpec *spec = times->spec;
	Form_pg_attribute column;

	times->column = drs_query_column(desc, spec->column) + 1;
	column = TupleDescAttr(desc, times->column - 1);
	times->reader = drs_time_reader(column->atttypid, spec->date_format);
	if (spec->multiseries_columns)
	{
		Form_pg_attribute series;

		times->series_column = drs_query_column(desc, linitial(spec->multiseries_columns)) + 1;
		series = TupleDescAttr(desc, times->series_column - 1);
		times->hasher = drs_value_hasher(series->atttypid, series->attcollation);
	}
	start_times(times);
	if (drs_time_reader_format(times->reader) != NULL)
		return;
	times->texts = tuplestore_begin_heap(false, false, work_mem);
	times->texts_desc = CreateTemplateTupleDesc(2);
	TupleDescInitEntry(times->texts_desc, 1, "time", column->atttypid, -1, 0);
	TupleDescInitEntry(times->texts_desc, 2, "series", INT8OID, -1, 0);
	TupleDescFinalize(times->texts_desc);
}

/* The series of a row; rows without a name are one series. */
static uint64
series_of(const TimeColumn *times, TupleTableSlot *slot)
{
	bool		isnull = true;
	Datum		value = 0;

	if (times->series_column > 0)
		value = slot_getattr(slot, times->series_column, &isnull);
	if (isnull)
		return 0;
	return times->hasher ? drs_value_hash(times->hasher, value) : (uint64) DatumGetInt64(value);
}

/* Take the time of a row.  A row without one is in no set. */
static bool
take_row(TupleTableSlot *slot, void *arg)
{
	TimeColumn *times = arg;
	MemoryContext old = MemoryContextSwitchTo(times->row_cxt);
	bool		isnull[] = {false, false};
	Datum		values[] = {slot_getattr(slot, times->column, &isnull[0]), 0};

	if (!isnull[0])
	{
		uint64		series = series_of(times, slot);
		Timestamp	time = drs_time_read(times->reader, values[0]);

		values[1] = Int64GetDatum((int64) series);
		drs_timeline_add(times->timeline, time);
		if (times->series)
			drs_seriestimes_add(times->series, series, time);
		if (times->texts)
			tuplestore_putvalues(times->texts, times->texts_desc, values, isnull);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(times->row_cxt);
	return true;
}

static void
end_times(TimeColumn *times)
{
	drs_timeline_end(times->timeline);
	if (times->series)
		drs_seriestimes_end(times->series);
}

/* Read the texts again, since a guess of their format was wrong. */
static void
read_again(TimeColumn *times)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(times->texts_desc, &TTSOpsMinimalTuple);
	Tuplestorestate *texts = times->texts;

	end_times(times);
	start_times(times);
	times->texts = NULL;
	times->column = 1;
	times->series_column = 2;
	times->hasher = NULL;
	while (tuplestore_gettupleslot(texts, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		(void) take_row(slot, times);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(texts);
}

/* Sort, after the last row. */
static void
finish_times(TimeColumn *times)
{
	if (!drs_time_reader_decide(times->reader))
		read_again(times);
	else if (times->texts)
		tuplestore_end(times->texts);
	drs_timeline_finish(times->timeline, drs_time_reader_is_date(times->reader));
	if (times->series)
		drs_seriestimes_finish(times->series);
}

Jsonb *
drs_datetime_preview(const char *query, const DatetimeSpec *spec)
{
	static const RowConsumer consumer = {start_column, take_row};
	TimeColumn	times = {.spec = spec};
	DatetimeLayout *layout;
	List	   *warnings;

	times.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring time",
										  ALLOCSET_SMALL_SIZES);
	drs_source_run(query, 0, &consumer, &times);
	finish_times(&times);
	layout = drs_datetimelayout_make(spec, times.timeline);
	warnings = drs_datetime_warnings(spec, layout, times.series);
	if (drs_time_reader_mixed_zones(times.reader))
		warnings = lappend(warnings, drs_datetime_warning("The time zones of the rows differ;"
														  " they are ignored."));
	end_times(&times);
	return drs_datetimepreview_make(spec, layout, warnings, drs_time_reader_format(times.reader));
}

/* datetime_partitioning(query, spec) */
Datum
drs_datetime_partitioning(PG_FUNCTION_ARGS)
{
	char	   *query = drs_argument_text(fcinfo, 0);

	PG_RETURN_JSONB_P(drs_datetime_preview(query, drs_datetimespec_read(PG_GETARG_JSONB_P(1))));
}

/* The literal of an array of texts, palloc'd; NULL for none. */
static char *
array_text(List *texts)
{
	Datum	   *values = palloc(list_length(texts) * sizeof(Datum) + 1);
	int			count = 0;
	ListCell   *lc;
	Oid			output;
	bool		is_varlena;

	if (texts == NIL)
		return NULL;
	foreach(lc, texts)
		values[count++] = CStringGetTextDatum(lfirst(lc));
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	return OidOutputFunctionCall(output,
								 PointerGetDatum(construct_array(values, count, TEXTOID, -1,
																 false, TYPALIGN_INT)));
}

/* datetime_partitions(preview) */
Datum
drs_datetime_partitions(PG_FUNCTION_ARGS)
{
	List	   *parts = drs_previewparts_read(PG_GETARG_JSONB_P(0));
	ResultSet  *result = drs_resultset_open(fcinfo);
	ListCell   *lc;

	foreach(lc, parts)
	{
		const PreviewPart *part = lfirst(lc);
		const char *values[] = {
			part->backtest < 0 ? NULL : psprintf("%d", part->backtest),
			part->part,
			part->start,
			part->end,
			part->duration,
			part->nrows,
			array_text(part->warnings)
		};

		drs_resultset_put(result, values);
	}
	return (Datum) 0;
}

/* datetime_specification(preview, holdout_by_dates, backtests_by_dates) */
Datum
drs_datetime_specification(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(drs_previewparts_specification(PG_GETARG_JSONB_P(0), PG_GETARG_BOOL(1),
														PG_GETARG_BOOL(2)));
}

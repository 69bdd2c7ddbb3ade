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

#include "base/names.h"
#include "partition/datetimepreview.h"
#include "partition/datetimewarnings.h"
#include "partition/previewparts.h"
#include "partition/timevalue.h"
#include "rows/source.h"
#include "sql/arguments.h"
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
	Tuplestorestate *texts;		/* as long as their format is only guessed; else NULL */
	TupleDesc	texts_desc;
	Timeline   *timeline;
	MemoryContext row_cxt;
} TimeColumn;

/* The column that a field of the specification names. */
static int
find_column(TupleDesc desc, const char *name, const char *field)
{
	int			column = drs_names_column(desc, name);

	if (column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\"", name),
				 errdetail("The specification names it as \"%s\".", field)));
	for (int i = column + 1; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the query has more than one column \"%s\"", name),
					 errdetail("The specification names it as \"%s\".", field)));
	return column;
}

static void
start_column(TupleDesc desc, void *arg)
{
	TimeColumn *times = arg;
	int			column = find_column(desc, times->spec->column, "datetime_partition_column");
	ListCell   *lc;

	foreach(lc, times->spec->multiseries_columns)
		(void) find_column(desc, lfirst(lc), "multiseries_id_columns");
	times->column = column + 1;
	times->reader = drs_time_reader(TupleDescAttr(desc, column)->atttypid,
									times->spec->date_format);
	times->timeline = drs_timeline_create(true);
	if (drs_time_reader_format(times->reader) != NULL)
		return;
	times->texts = tuplestore_begin_heap(false, false, work_mem);
	times->texts_desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(times->texts_desc, 1, "time", TupleDescAttr(desc, column)->atttypid, -1,
					   0);
}

/* Take the time of a row.  A row without one is in no set. */
static bool
take_row(TupleTableSlot *slot, void *arg)
{
	TimeColumn *times = arg;
	MemoryContext old = MemoryContextSwitchTo(times->row_cxt);
	bool		isnull;
	Datum		value = slot_getattr(slot, times->column, &isnull);

	if (!isnull)
		drs_timeline_add(times->timeline, drs_time_read(times->reader, value));
	if (!isnull && times->texts)
		tuplestore_putvalues(times->texts, times->texts_desc, &value, &isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(times->row_cxt);
	return true;
}

/* Read the texts again, since a guess of their format was wrong. */
static void
read_again(TimeColumn *times)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(times->texts_desc, &TTSOpsMinimalTuple);
	Tuplestorestate *texts = times->texts;

	drs_timeline_end(times->timeline);
	times->timeline = drs_timeline_create(true);
	times->texts = NULL;
	times->column = 1;
	while (tuplestore_gettupleslot(texts, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		(void) take_row(slot, times);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(texts);
}

/* datetime_partitioning(query, spec) */
Datum
drs_datetime_partitioning(PG_FUNCTION_ARGS)
{
	static const RowConsumer consumer = {start_column, take_row};
	char	   *query = drs_argument_text(fcinfo, 0);
	DatetimeSpec *spec = drs_datetimespec_read(PG_GETARG_JSONB_P(1));
	TimeColumn	times = {.spec = spec};
	DatetimeLayout *layout;
	List	   *warnings;

	times.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring time",
										  ALLOCSET_SMALL_SIZES);
	drs_source_run(query, 0, &consumer, &times);
	if (!drs_time_reader_decide(times.reader))
		read_again(&times);
	else if (times.texts)
		tuplestore_end(times.texts);
	drs_timeline_finish(times.timeline, drs_time_reader_is_date(times.reader));
	layout = drs_datetimelayout_make(spec, times.timeline);
	warnings = drs_datetime_warnings(spec, layout, times.timeline);
	if (drs_time_reader_mixed_zones(times.reader))
		warnings = lappend(warnings, drs_datetime_warning("The time zones of the rows differ;"
														  " they are ignored."));
	drs_timeline_end(times.timeline);
	PG_RETURN_JSONB_P(drs_datetimepreview_make(spec, layout, warnings,
											   drs_time_reader_format(times.reader)));
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

/*
 * datetimepartition.c
 *		The window function datetime_partition.
 *
 * The first row of a partition reads the times of all its rows, from which the
 * sets are laid out; then each row is assigned by its own time.  So no row is
 * kept but by the window itself, and the order of the window does not matter.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "partition/datetimerole.h"
#include "partition/timevalue.h"
#include "sql/arguments.h"
#include "sql/windowrows.h"

PG_FUNCTION_INFO_V1(drs_datetime_partition);

/* Arguments of the SQL function. */
enum
{
	ARG_TIME,
	ARG_SPEC,
	ARG_BACKTEST
};

#define HOLDOUT (-1)			/* in place of the number of a backtest */

typedef struct DatetimeWindow
{
	WindowRows	rows;			/* first, as drs_window_state needs it */
	DatetimeSpec *spec;
	int64		backtest;		/* or HOLDOUT */
	TimeReader *reader;
	DatetimeLayout *layout;		/* NULL: no row has a time */
	Datum		names[DATETIME_ROLES];	/* text of each set */
} DatetimeWindow;

static void open_window(FunctionCallInfo fcinfo, DatetimeWindow *window);
static void read_arguments(FunctionCallInfo fcinfo, DatetimeWindow *window);
static void lay_out(DatetimeWindow *window);
static Timeline *read_times(DatetimeWindow *window);
static void warn_of_zones(FunctionCallInfo fcinfo, const DatetimeWindow *window);

Datum
drs_datetime_partition(PG_FUNCTION_ARGS)
{
	DatetimeWindow *window = drs_window_state(fcinfo, sizeof(DatetimeWindow));
	bool		isnull;
	Datum		value;

	if (window->rows.cxt == NULL)
		open_window(fcinfo, window);
	value = WinGetFuncArgCurrent(window->rows.winobj, ARG_TIME, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	return window->names[drs_datetimerole(window->layout, (int) window->backtest,
										  drs_time_read(window->reader, value))];
}

static void
open_window(FunctionCallInfo fcinfo, DatetimeWindow *window)
{
	MemoryContext old;

	drs_window_open(fcinfo, &window->rows);
	drs_window_refuse_volatile(fcinfo, ARG_TIME, "the time");
	old = MemoryContextSwitchTo(window->rows.cxt);
	read_arguments(fcinfo, window);
	window->reader = drs_time_reader(get_fn_expr_argtype(fcinfo->flinfo, ARG_TIME),
									 window->spec->date_format);
	lay_out(window);
	for (int role = 0; role < DATETIME_ROLES; role++)
		window->names[role] = CStringGetTextDatum(drs_datetimerole_name(role));
	warn_of_zones(fcinfo, window);
	MemoryContextSwitchTo(old);
}

static void
read_arguments(FunctionCallInfo fcinfo, DatetimeWindow *window)
{
	const WindowParameter *spec = drs_window_parameter(fcinfo, &window->rows, ARG_SPEC, "spec",
													   drs_same_document);
	const WindowParameter *backtest = drs_window_parameter(fcinfo, &window->rows, ARG_BACKTEST,
														   "backtest", NULL);

	if (spec->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("spec must not be NULL")));
	window->spec = drs_datetimespec_read(DatumGetJsonbP(spec->value));
	window->backtest = backtest->isnull ? HOLDOUT :
		drs_backtest_number(TextDatumGetCString(backtest->value));
}

/* The times of the partition, and then the layout. */
static void
lay_out(DatetimeWindow *window)
{
	Timeline   *timeline = read_times(window);

	if (!drs_time_reader_decide(window->reader))
	{
		drs_timeline_end(timeline);
		timeline = read_times(window);
	}
	drs_timeline_finish(timeline, drs_time_reader_is_date(window->reader));
	if (drs_timeline_extent(timeline).nrows > 0)
		window->layout = drs_datetimelayout_make(window->spec, timeline);
	drs_timeline_end(timeline);
	if (window->layout && window->backtest >= window->layout->nbacktests)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no backtest " INT64_FORMAT, window->backtest),
				 errdetail("Backtests are numbered from 0 to %d.",
						   window->layout->nbacktests - 1)));
}

/* From the current row, which is the first, to the last of the partition. */
static Timeline *
read_times(DatetimeWindow *window)
{
	WindowRows *rows = &window->rows;
	Timeline   *timeline = drs_timeline_create(drs_datetimelayout_sorts(window->spec));
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	bool		isnull;
	Datum		value;

	rows->npulled = 0;
	while (drs_window_pull(rows, ARG_TIME, &value, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (rows->may_differ)
			drs_window_check_pulled(rows);
		if (!isnull)
			drs_timeline_add(timeline, drs_time_read(window->reader, value));
		MemoryContextReset(rows->row_cxt);
	}
	MemoryContextSwitchTo(old);
	return timeline;
}

/* Once in a call. */
static void
warn_of_zones(FunctionCallInfo fcinfo, const DatetimeWindow *window)
{
	if (!drs_time_reader_mixed_zones(window->reader) || fcinfo->flinfo->fn_extra)
		return;
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	ereport(WARNING,
			(errmsg("times of several time zones are compared without their zones"),
			 errdetail("DataRobot ignores time zones in a column of times."),
			 errhint("Cast the column to timestamptz.")));
}

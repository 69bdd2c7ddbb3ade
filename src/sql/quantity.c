/*
 * quantity.c
 *		Makes the type quantity from an interval.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(drs_quantity_of_interval);

/*
 * The seconds of an interval, with their unit.  The interval's own text would
 * depend on IntervalStyle.  Infinity is outside the bounds of every option.
 */
Datum
drs_quantity_of_interval(PG_FUNCTION_ARGS)
{
	const Interval *interval = PG_GETARG_INTERVAL_P(0);
	double		days = interval->day + (double) interval->month * DAYS_PER_MONTH;
	double		seconds = interval->time / (double) USECS_PER_SEC + days * SECS_PER_DAY;

	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%ss", float8out_internal(seconds))));
}

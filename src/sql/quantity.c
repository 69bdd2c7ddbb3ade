/*
 * quantity.c
 *		What becomes an argument of type quantity.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(drs_quantity_of_interval);

/*
 * The seconds of an interval, with their unit: not its own text, which
 * depends on IntervalStyle.  Infinity is out of every bounds.
 */
Datum
drs_quantity_of_interval(PG_FUNCTION_ARGS)
{
	const Interval *interval = PG_GETARG_INTERVAL_P(0);
	double		days = interval->day + (double) interval->month * DAYS_PER_MONTH;
	double		seconds = interval->time / (double) USECS_PER_SEC + days * SECS_PER_DAY;

	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%ss", float8out_internal(seconds))));
}

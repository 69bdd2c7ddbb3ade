/*
 * unit_duration.c
 *		The arithmetic of durations as SQL functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "partition/duration.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_duration_after);
PG_FUNCTION_INFO_V1(drs_unit_duration_before);
PG_FUNCTION_INFO_V1(drs_unit_duration_between);
PG_FUNCTION_INFO_V1(drs_unit_duration_calendar);
PG_FUNCTION_INFO_V1(drs_unit_duration_calendar_back);
PG_FUNCTION_INFO_V1(drs_unit_duration_short);

/* after(start, duration), before(end, duration) */
Datum
drs_unit_duration_after(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_read(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	PG_RETURN_TIMESTAMP(drs_duration_after(PG_GETARG_TIMESTAMP(0), &duration));
}

Datum
drs_unit_duration_before(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_read(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	PG_RETURN_TIMESTAMP(drs_duration_before(PG_GETARG_TIMESTAMP(0), &duration));
}

/* between(start, end), calendar(start, end), as the service writes them */
Datum
drs_unit_duration_between(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_between(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1));

	PG_RETURN_TEXT_P(cstring_to_text(drs_duration_short(&duration)));
}

Datum
drs_unit_duration_calendar(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_calendar(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1));

	PG_RETURN_TEXT_P(cstring_to_text(drs_duration_short(&duration)));
}

/* back(start, end): counted from end */
Datum
drs_unit_duration_calendar_back(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_calendar_back(PG_GETARG_TIMESTAMP(0),
													  PG_GETARG_TIMESTAMP(1));

	PG_RETURN_TEXT_P(cstring_to_text(drs_duration_short(&duration)));
}

/* short(duration): empty for no time at all */
Datum
drs_unit_duration_short(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	bool		zero = drs_duration_is_zero(&duration);

	PG_RETURN_TEXT_P(cstring_to_text(zero ? "" : drs_duration_short(&duration)));
}

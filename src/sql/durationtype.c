/*
 * durationtype.c
 *		The type duration: a text that is checked, and its casts from and to interval.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "partition/duration.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_duration_in);
PG_FUNCTION_INFO_V1(drs_duration_recv);
PG_FUNCTION_INFO_V1(drs_duration_of);
PG_FUNCTION_INFO_V1(drs_duration_as_interval);
PG_FUNCTION_INFO_V1(drs_construct_duration_string);

/* The text stays as it is: it may be meant for the service. */
static Datum
checked(const char *text)
{
	drs_duration_read(text);
	return PointerGetDatum(cstring_to_text(text));
}

Datum
drs_duration_in(PG_FUNCTION_ARGS)
{
	return checked(PG_GETARG_CSTRING(0));
}

Datum
drs_duration_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			len;

	return checked(pq_getmsgtext(message, message->len - message->cursor, &len));
}

Datum
drs_duration_of(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_of_interval(PG_GETARG_INTERVAL_P(0));

	PG_RETURN_TEXT_P(cstring_to_text(drs_duration_full(&duration)));
}

Datum
drs_duration_as_interval(PG_FUNCTION_ARGS)
{
	Duration	duration = drs_duration_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Interval   *interval = palloc(sizeof(Interval));

	*interval = drs_duration_to_interval(&duration);
	PG_RETURN_INTERVAL_P(interval);
}

/* One part of six, an argument of type quantity. */
static int32
part(FunctionCallInfo fcinfo, int arg, const char *name)
{
	int64		number = drs_argument_whole(fcinfo, arg, name);

	if (number < 0 || number > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 0 and %d", name, PG_INT32_MAX)));
	return (int32) number;
}

Datum
drs_construct_duration_string(PG_FUNCTION_ARGS)
{
	Duration	duration = {
		.years = part(fcinfo, 0, "years"),
		.months = part(fcinfo, 1, "months"),
		.days = part(fcinfo, 2, "days"),
		.hours = part(fcinfo, 3, "hours"),
		.minutes = part(fcinfo, 4, "minutes"),
		.microseconds = part(fcinfo, 5, "seconds") * USECS_PER_SEC
	};

	PG_RETURN_TEXT_P(cstring_to_text(drs_duration_full(&duration)));
}

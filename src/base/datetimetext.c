/*
 * datetimetext.c
 *		Writes dates and times as text, whatever the session's settings.
 *
 * The form is that of PostgreSQL's JSON functions.  It omits fractions of a second
 * that are zero, which a strptime format cannot express.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/json.h"

#include "base/datetimetext.h"

#define DATE_FORMAT "%Y-%m-%d"
#define TIMESTAMP_FORMAT DATE_FORMAT "T%H:%M:%S"

char *
drs_write_datetime(char *at, Oid type, Datum value)
{
	static const int utc = 0;

	return JsonEncodeDateTime(at, value, type, type == TIMESTAMPTZOID ? &utc : NULL);
}

const char *
drs_datetime_format(Oid type)
{
	switch (type)
	{
		case DATEOID:
			return DATE_FORMAT;
		case TIMESTAMPOID:
			return TIMESTAMP_FORMAT;
		case TIMESTAMPTZOID:
			return TIMESTAMP_FORMAT "%z";
		default:
			return NULL;
	}
}

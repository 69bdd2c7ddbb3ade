/*
 * unit_timetext.c
 *		Times as text as SQL functions: read by a pattern, and the pattern of a column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "partition/timedetect.h"
#include "partition/timetext.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_strptime);
PG_FUNCTION_INFO_V1(drs_unit_offset);
PG_FUNCTION_INFO_V1(drs_unit_detect);

static bool
parse(FunctionCallInfo fcinfo, Timestamp *time, int *offset)
{
	const TimePattern *pattern = drs_time_pattern(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	text	   *chars = PG_GETARG_TEXT_PP(1);

	return drs_time_parse(pattern, VARDATA_ANY(chars), VARSIZE_ANY_EXHDR(chars), time, offset);
}

/* strptime(pattern, text): a timestamp, NULL when the text does not fit. */
Datum
drs_unit_strptime(PG_FUNCTION_ARGS)
{
	Timestamp	time;

	if (!parse(fcinfo, &time, NULL))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(time);
}

/* zone(pattern, text): the seconds east of UTC that the text names. */
Datum
drs_unit_offset(PG_FUNCTION_ARGS)
{
	Timestamp	time;
	int			offset;

	if (!parse(fcinfo, &time, &offset))
		PG_RETURN_NULL();
	PG_RETURN_INT32(offset);
}

/* detect(texts): the pattern of a column. */
Datum
drs_unit_detect(PG_FUNCTION_ARGS)
{
	TimeDetector *detector = drs_time_detector();
	const TimePattern *pattern;
	Datum	   *texts;
	int			count;
	int			offset;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL,
					  &count);
	for (int i = 0; i < count; i++)
		drs_time_detect(detector, VARDATA_ANY(DatumGetPointer(texts[i])),
						VARSIZE_ANY_EXHDR(DatumGetPointer(texts[i])), &offset);
	pattern = drs_time_detected(detector);
	if (pattern == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(drs_time_pattern_text(pattern)));
}

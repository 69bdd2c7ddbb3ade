/*
 * rejectlimit.c
 *		Reads and applies the limit on rejected rows.
 *
 * If none is given, DataRobot's own applies (docs/api.md 2.3): 20 % of the rows or
 * 100 MB of them.  It does not say which rows the percentage is of; ours is of those
 * read so far, which are some chunks ahead of those answered.
 */
#include "postgres.h"

#include <math.h>

#include "into/rejectlimit.h"

#define PRESET_PERCENT 20.0
#define PRESET_BYTES (INT64CONST(100) * 1024 * 1024)

/*
 * When this many rows have failed and none has succeeded, the rows are not to blame,
 * and each further one would cost a request.
 */
#define ALL_FAILED 100

pg_attribute_cold static void
refuse_limit(const char *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"reject_limit\": \"%s\"", value),
			 errdetail("It must be a number of rows, or a percentage of them such as 5%%.")));
}

RejectLimit
drs_reject_limit(const Options *options)
{
	RejectLimit limit = {-1, -1, -1, false};
	const char *text = options->write.reject_limit;
	char	   *end;
	double		number;

	if (text == NULL)
	{
		limit.preset = options->write.abort_on_error;
		limit.percent = limit.preset ? PRESET_PERCENT : -1;
		limit.bytes = limit.preset ? PRESET_BYTES : -1;
		return limit;
	}
	if (options->write.on_error == ON_ERROR_STOP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"reject_limit\" is for calls that reject rows"),
				 errhint("Set \"on_error\" to reject or null.")));
	number = strtod(text, &end);
	if (end == text || isnan(number) || number < 0 || number > 1e15)
		refuse_limit(text);
	if (strcmp(end, "%") == 0 && number <= 100)
		limit.percent = number;
	else if (*end == '\0' && number == floor(number))
		limit.rows = (int64) number;
	else
		refuse_limit(text);
	return limit;
}

void
drs_reject_limit_check(const RejectLimit *limit, const RejectTally *tally, const char *last)
{
	bool		too_many = (limit->rows >= 0 && tally->rejected > limit->rows) ||
		(limit->percent >= 0 && tally->rejected > limit->percent / 100 * tally->read) ||
		(limit->bytes >= 0 && tally->bytes > limit->bytes);
	bool		all_failed = limit->preset && tally->rejected >= ALL_FAILED &&
		tally->rejected == tally->settled;

	if (!too_many && !all_failed)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("too many rows were rejected"),
			 errdetail(INT64_FORMAT " of " INT64_FORMAT " rows; the last one because: %s",
					   tally->rejected,
					   all_failed && !too_many ? tally->settled : tally->read, last),
			 limit->preset ?
			 errhint("The option \"reject_limit\" sets another limit, \"abort_on_error\" => false"
					 " lifts it.")
			 : errhint("The option \"reject_limit\" set this limit.")));
}

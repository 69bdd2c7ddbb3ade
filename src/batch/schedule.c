/*
 * schedule.c
 *		Reads schedules, and computes when they come.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "utils/datetime.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "batch/crontext.h"
#include "batch/schedule.h"

#define RUNS_A_DAY 1000			/* of an organisation (docs/api.md 3.3) */

/* The 29th of February can be eight years away. */
#define DAYS_AHEAD (8 * 366 + 2)

/* ---- JSON */

pg_noreturn static void
refuse_part(SchedulePart part, const char *text)
{
	const ScheduleWords *words = &drs_schedule_words[part];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for \"%s\" of a schedule: %s", words->name, text),
			 errdetail("It must be [\"*\"], or a list of numbers from %d to %d%s.", words->min,
					   words->max, words->words ? " or names" : "")));
}

/* A number, or a name or a number in a string. */
static int
read_item(SchedulePart part, const JsonbValue *value)
{
	const ScheduleWords *words = &drs_schedule_words[part];
	char	   *text = drs_jsonb_text(value);
	size_t		digits = text ? strspn(text, "0123456789") : 0;
	int			number = -1;

	if ((digits == 1 || digits == 2) && text[digits] == '\0')
		number = atoi(text);
	else if (text && value->type == jbvString)
		number = drs_schedule_number(part, text, (int) strlen(text));
	if (number < words->min || number > words->max)
		refuse_part(part, text ? psprintf("\"%s\"", text) : "it is no list of them");
	return number;
}

static bool
is_star(const JsonbValue *value)
{
	return value->type == jbvString && value->val.string.len == 1 &&
		value->val.string.val[0] == '*';
}

/* A list, or its only element. */
static void
read_part(Schedule *schedule, SchedulePart part, const JsonbValue *value)
{
	JsonbCursor cursor;
	int			count = 0;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
	{
		schedule->any[part] = is_star(value);
		schedule->numbers[part] = schedule->any[part] ? drs_schedule_all(part) :
			UINT64CONST(1) << read_item(part, value);
		return;
	}
	cursor = drs_jsonb_open(value->val.binary.data);
	for (; drs_jsonb_next(&cursor); count++)
	{
		if (is_star(&cursor.value))
			schedule->any[part] = true;
		else
			schedule->numbers[part] |= UINT64CONST(1) << read_item(part, &cursor.value);
	}
	if (count == 0 || (schedule->any[part] && count > 1))
		refuse_part(part, count == 0 ? "an empty list" : "\"*\" among others");
	if (schedule->any[part])
		schedule->numbers[part] = drs_schedule_all(part);
}

static SchedulePart
find_part(const char *name)
{
	ClosestName closest;

	drs_closest_init(&closest, name);
	for (SchedulePart part = 0; part < SCHEDULE_PARTS; part++)
	{
		const ScheduleWords *words = &drs_schedule_words[part];

		if (strcmp(words->name, name) == 0 || strcmp(words->wire_name, name) == 0)
			return part;
		drs_closest_try(&closest, words->name);
		drs_closest_try(&closest, words->wire_name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a schedule has no \"%s\"", name),
			 closest.found ? errhint("Perhaps you meant \"%s\".", closest.found)
			 : errhint("It has minute, hour, day_of_month, month and day_of_week.")));
}

static void
read_json(const char *text, Schedule *schedule)
{
	Jsonb	   *json = drs_jsonbtext_parse(text);
	JsonbCursor cursor = drs_jsonb_open(&json->root);
	bool		seen[SCHEDULE_PARTS] = {false};

	while (drs_jsonb_next(&cursor))
	{
		SchedulePart part = find_part(cursor.name);

		if (seen[part])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" of a schedule is given twice", cursor.name)));
		seen[part] = true;
		read_part(schedule, part, &cursor.value);
	}
	for (SchedulePart part = 0; part < SCHEDULE_PARTS; part++)
		if (!seen[part])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a schedule needs \"%s\"", drs_schedule_words[part].name),
					 errdetail("It needs minute, hour, day_of_month, month and day_of_week."),
					 errhint("[\"*\"] means all of them.")));
}

/* ---- as the wire has it */

static void
append_part(StringInfo json, const Schedule *schedule, SchedulePart part)
{
	const char *separator = "";

	drs_jsonbtext_name(json, drs_schedule_words[part].wire_name);
	appendStringInfoString(json, schedule->any[part] ? "[\"*\"]" : "[");
	for (int i = 0; i < 64 && !schedule->any[part]; i++)
	{
		if ((schedule->numbers[part] >> i & 1) == 0)
			continue;
		appendStringInfo(json, "%s%d", separator, i);
		separator = ", ";
	}
	appendStringInfoString(json, schedule->any[part] ? "" : "]");
}

static Jsonb *
as_json(const Schedule *schedule)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (SchedulePart part = 0; part < SCHEDULE_PARTS; part++)
		append_part(&json, schedule, part);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

static void
warn(const Schedule *schedule)
{
	int			a_day = pg_popcount64(schedule->numbers[PART_MINUTE]) *
		pg_popcount64(schedule->numbers[PART_HOUR]);
	TimestampTz next;

	if (!drs_schedule_next(schedule, GetCurrentTimestamp(), &next))
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("the schedule never comes"),
				 errdetail("DataRobot ignores days that the months do not have.")));
	if (a_day > RUNS_A_DAY)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("the schedule comes %d times a day", a_day),
				 errdetail("DataRobot runs at most %d jobs of an organisation a day by schedules.",
						   RUNS_A_DAY)));
}

Jsonb *
drs_schedule_read(const char *text, Schedule *schedule)
{
	memset(schedule, 0, sizeof(*schedule));
	text += strspn(text, " \t\r\n");
	if (*text == '{')
		read_json(text, schedule);
	else
		drs_crontext_read(text, schedule);
	warn(schedule);
	return as_json(schedule);
}

/* ---- when it comes */

static bool
has(const Schedule *schedule, SchedulePart part, int number)
{
	return schedule->numbers[part] >> number & 1;
}

/* Days of the month and of the week add up; one that is "*" leaves it to the other. */
static bool
is_day(const Schedule *schedule, int julian)
{
	int			year;
	int			month;
	int			day;
	bool		by_month;
	bool		by_week = has(schedule, PART_WEEKDAY, j2day(julian));

	j2date(julian, &year, &month, &day);
	by_month = has(schedule, PART_DAY, day);
	if (!has(schedule, PART_MONTH, month))
		return false;
	if (schedule->any[PART_DAY] || schedule->any[PART_WEEKDAY])
		return by_month && by_week;
	return by_month || by_week;
}

/* The first minute of the day, from that one on; -1 when there is none. */
static int
find_minute(const Schedule *schedule, int from)
{
	for (int minute = from; minute < HOURS_PER_DAY * MINS_PER_HOUR; minute++)
		if (has(schedule, PART_HOUR, minute / MINS_PER_HOUR) &&
			has(schedule, PART_MINUTE, minute % MINS_PER_HOUR))
			return minute;
	return -1;
}

bool
drs_schedule_next(const Schedule *schedule, TimestampTz after, TimestampTz *next)
{
	int64		minutes = after / USECS_PER_MINUTE - (after % USECS_PER_MINUTE < 0 ? 1 : 0) + 1;
	int64		a_day = HOURS_PER_DAY * MINS_PER_HOUR;
	int64		day = minutes / a_day - (minutes % a_day < 0 ? 1 : 0);
	int			from = (int) (minutes - day * a_day);

	for (int i = 0; i < DAYS_AHEAD; i++, day++, from = 0)
	{
		int			minute = -1;

		if (is_day(schedule, (int) day + POSTGRES_EPOCH_JDATE))
			minute = find_minute(schedule, from);
		if (minute >= 0)
		{
			*next = (day * a_day + minute) * USECS_PER_MINUTE;
			return IS_VALID_TIMESTAMP(*next);
		}
	}
	return false;
}

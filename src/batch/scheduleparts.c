/*
 * scheduleparts.c
 *		The parts of a schedule.
 */
#include "postgres.h"

#include "batch/scheduleparts.h"

static const char *const month_names[] = {
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december"
};
static const char *const day_names[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"
};

const ScheduleWords drs_schedule_words[SCHEDULE_PARTS] = {
	[PART_MINUTE] = {"minute", "minute", 0, 59, NULL},
	[PART_HOUR] = {"hour", "hour", 0, 23, NULL},
	[PART_DAY] = {"day_of_month", "dayOfMonth", 1, 31, NULL},
	[PART_MONTH] = {"month", "month", 1, 12, month_names},
	[PART_WEEKDAY] = {"day_of_week", "dayOfWeek", 0, 6, day_names}
};

int
drs_schedule_number(SchedulePart part, const char *name, int len)
{
	const ScheduleWords *words = &drs_schedule_words[part];

	for (int i = 0; words->words && i <= words->max - words->min; i++)
	{
		const char *word = words->words[i];

		if ((len == 3 || len == (int) strlen(word)) && pg_strncasecmp(word, name, len) == 0)
			return words->min + i;
	}
	return -1;
}

uint64
drs_schedule_all(SchedulePart part)
{
	const ScheduleWords *words = &drs_schedule_words[part];

	return ((UINT64CONST(1) << (words->max + 1)) - 1) & ~((UINT64CONST(1) << words->min) - 1);
}

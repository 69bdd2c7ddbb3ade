#include "batch/batch_schedule.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "batch/batch_fields.h"

enum { DAY = 86400, YEARS_AHEAD = 9 };	/* between two 29th of February can be eight years */

static const uint64_t ALL = ~(uint64_t) 0;

/* A part of the schedule: the range of its numbers, and their names. */
struct part
{
	const char *name;
	int			least;
	int			most;
	const char *const *words;	/* of the numbers from least on; NULL: none */
};

static const char *const months[] = {
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december"
};
static const char *const weekdays[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"
};

static const struct part parts[] = {
	{"minute", 0, 59, NULL},
	{"hour", 0, 23, NULL},
	{"dayOfMonth", 1, 31, NULL},
	{"month", 1, 12, months},
	{"dayOfWeek", 0, 6, weekdays},
};

/* The number of a name, whole or its first three letters; -1: it is none. */
static int
number_of(const struct part *p, const char *text)
{
	size_t		len = strlen(text);

	for (int i = 0; p->words && i <= p->most - p->least; i++)
		if ((len == 3 || len == strlen(p->words[i])) && strncasecmp(p->words[i], text, len) == 0)
			return p->least + i;
	return -1;
}

/* NULL, or why the item is not allowed. */
static const char *
take_item(const struct part *p, const json_t *item, uint64_t *bits)
{
	json_int_t	number = json_integer_value(item);

	if (json_is_string(item))
		number = number_of(p, json_string_value(item));
	else if (!json_is_integer(item))
		return "an item is neither a number nor a name";
	if (number < p->least || number > p->most)
		return json_is_string(item) ? "an item is no name of this kind"
			: "a number is out of range";
	*bits |= (uint64_t) 1 << number;
	return NULL;
}

static const char *
take_part(const struct part *p, const json_t *list, uint64_t *bits)
{
	const char *first = json_string_value(json_array_get(list, 0));
	const char *why = NULL;

	*bits = 0;
	if (!list)
		return "is required";
	if (!json_is_array(list))
		return "value is not a list";
	if (json_array_size(list) == 0)
		return "the list is empty";
	if (json_array_size(list) == 1 && first && strcmp(first, "*") == 0)
	{
		*bits = ALL;
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(list) && !why; i++)
		why = take_item(p, json_array_get(list, i), bits);
	return why;
}

void
batch_schedule_read(const json_t *json, struct batch_schedule *s, json_t *errors)
{
	static const struct batch_field table[] = {
		{"minute", FIELD_LIST, false, 0, 0, NULL},
		{"hour", FIELD_LIST, false, 0, 0, NULL},
		{"dayOfMonth", FIELD_LIST, false, 0, 0, NULL},
		{"month", FIELD_LIST, false, 0, 0, NULL},
		{"dayOfWeek", FIELD_LIST, false, 0, 0, NULL},
		{0}
	};
	uint64_t   *const bits[] = {&s->minutes, &s->hours, &s->days, &s->months, &s->weekdays};

	batch_fields_check(json, table, NULL, "schedule.", errors);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
	{
		const char *why = take_part(&parts[i], batch_member(json, parts[i].name), bits[i]);

		if (why)
			batch_fields_error(errors, "schedule.", parts[i].name, why);
	}
}

static bool
has(uint64_t bits, int number)
{
	return bits >> number & 1;
}

/* Days of the month and of the week add up; one that is "*" leaves it to the other. */
static bool
is_day(const struct batch_schedule *s, const struct tm *t)
{
	bool		by_month = has(s->days, t->tm_mday);
	bool		by_week = has(s->weekdays, t->tm_wday);

	if (!has(s->months, t->tm_mon + 1))
		return false;
	if (s->days == ALL || s->weekdays == ALL)
		return by_month && by_week;
	return by_month || by_week;
}

int64_t
batch_schedule_next(const struct batch_schedule *s, int64_t after)
{
	int64_t		time = after - after % 60 + 60;
	int64_t		last = after + (int64_t) YEARS_AHEAD * 366 * DAY;

	while (time < last)
	{
		time_t		clock = (time_t) time;
		struct tm	t;

		gmtime_r(&clock, &t);
		if (!is_day(s, &t))
			time += DAY - time % DAY;
		else if (!has(s->hours, t.tm_hour))
			time += 3600 - time % 3600;
		else if (!has(s->minutes, t.tm_min))
			time += 60;
		else
			return time;
	}
	return -1;
}

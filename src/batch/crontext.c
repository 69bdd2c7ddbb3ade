/*
 * crontext.c
 *		Translates schedules of cron, as POSIX and Vixie's cron have them.
 */
#include "postgres.h"

#include <ctype.h>

#include "base/compat.h"
#include "batch/crontext.h"

#define SPACE " \t\r\n"

/* A field that is being read. */
typedef struct CronField
{
	SchedulePart part;
	const char *text;			/* all of it, for messages */
	const char *at;
} CronField;

pg_noreturn static void
refuse(const char *text, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot translate \"%s\" to a schedule", text),
			 errdetail_internal("%s", reason)));
}

pg_noreturn static void
refuse_field(const CronField *field)
{
	const ScheduleWords *words = &drs_schedule_words[field->part];
	const char *special = strpbrk(field->text, "LWH#~$");
	bool		is_number = isdigit((unsigned char) *field->at);

	if (special && !is_number && !(isalpha((unsigned char) *special) && words->words))
		refuse(field->text, psprintf("A schedule has no counterpart of \"%c\".", *special));
	refuse(field->text, psprintf("\"%s\" must be *, or numbers from %d to %d%s, ranges of them"
								 " such as %d-%d, or steps such as */2, with commas between.",
								 words->name, words->min,
								 field->part == PART_WEEKDAY ? 7 : words->max,
								 words->words ? " or names" : "", words->min + 1,
								 words->min + 3));
}

/* A number or a name; Sunday may also be 7. */
static int
take_number(CronField *field)
{
	const ScheduleWords *words = &drs_schedule_words[field->part];
	int			max = field->part == PART_WEEKDAY ? 7 : words->max;
	int			digits = (int) strspn(field->at, "0123456789");
	int			letters = digits ? 0 : (int) strspn(field->at, "abcdefghijklmnopqrstuvwxyz"
													"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	int			number = -1;

	if (digits > 0 && digits <= 4)
		number = atoi(field->at);
	else if (letters > 0)
		number = drs_schedule_number(field->part, field->at, letters);
	if (number < words->min || number > max)
		refuse_field(field);
	field->at += digits + letters;
	return number;
}

static int
take_step(CronField *field)
{
	int			digits;
	int			step;

	if (*field->at != '/')
		return 1;
	field->at++;
	digits = (int) strspn(field->at, "0123456789");
	step = digits > 0 && digits <= 4 ? atoi(field->at) : 0;
	if (step == 0)
		refuse(field->text, "A step must be a number from 1.");
	field->at += digits;
	return step;
}

/* An element of the list: its numbers as bits. */
static uint64
take_element(CronField *field)
{
	const ScheduleWords *words = &drs_schedule_words[field->part];
	int			first = words->min;
	int			last = words->max;
	bool		is_range = true;
	uint64		bits = 0;

	if (*field->at == '*')
		field->at++;
	else
	{
		first = last = take_number(field);
		is_range = *field->at == '-';
		if (is_range)
		{
			field->at++;
			last = take_number(field);
		}
	}
	if (first > last)
		refuse(field->text, "A range must begin with its smaller number.");
	if (*field->at == '/' && !is_range)
		refuse(field->text, "A step needs a range, such as 5-59/10, or *.");
	for (int number = first, step = take_step(field); number <= last; number += step)
		bits |= UINT64CONST(1) << (field->part == PART_WEEKDAY ? number % 7 : number);
	return bits;
}

/* A field: a list of elements. */
static void
read_field(Schedule *schedule, SchedulePart part, const char *text)
{
	CronField	field = {part, text, text};
	bool		is_day = part == PART_DAY || part == PART_WEEKDAY;
	bool		begins_with_star;

	if (is_day && strcmp(text, "?") == 0)	/* Quartz: nothing said about this one */
		field.at = "*";
	begins_with_star = *field.at == '*';
	for (;;)
	{
		schedule->numbers[part] |= take_element(&field);
		if (*field.at != ',')
			break;
		field.at++;
	}
	if (*field.at != '\0')
		refuse_field(&field);

	/*
	 * A list of all days is not "*": together with days of the week it means every day, and
	 * "*" only these.
	 */
	schedule->any[part] = schedule->numbers[part] == drs_schedule_all(part) &&
		(begins_with_star || !is_day);
}

/*
 * To cron, days of the month and of the week add up if both are restricted, and a field
 * that begins with a star is not, whatever its step: then both must match.  A schedule
 * has no such combination.
 */
static void
check_days(const Schedule *schedule, const char *const *fields, const char *text)
{
	bool		stepped_day = *fields[PART_DAY] == '*' && !schedule->any[PART_DAY];
	bool		stepped_weekday = *fields[PART_WEEKDAY] == '*' && !schedule->any[PART_WEEKDAY];

	if ((stepped_day && !schedule->any[PART_WEEKDAY]) ||
		(stepped_weekday && !schedule->any[PART_DAY]))
		refuse(text, "To cron, a day must match both the day of the month and the day of the week"
			   " if one of them is * with a step; to DataRobot, either of them suffices.");
}

/* The five fields of a word; NULL when it has none. */
static const char *
expand_word(const char *text)
{
	static const struct
	{
		const char *word;
		const char *fields;
	}			words[] =
	{
		{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
		{"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"},
		{"@hourly", "0 * * * *"}
	};

	for (size_t i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(words[i].word, text) == 0)
			return words[i].fields;
	return NULL;
}

/* Cut a text into its fields, in place.  Returns their number, which may be larger. */
static int
split(char *text, const char **fields)
{
	int			count = 0;

	for (text += strspn(text, SPACE); *text; text += strspn(text, SPACE))
	{
		if (count < SCHEDULE_PARTS)
			fields[count] = text;
		count++;
		text += strcspn(text, SPACE);
		if (*text)
			*text++ = '\0';
	}
	return count;
}

void
drs_crontext_read(const char *text, Schedule *schedule)
{
	char	   *copy = pstrdup(text);
	const char *fields[SCHEDULE_PARTS];
	int			count;

	for (char *end = copy + strlen(copy); end > copy && strchr(SPACE, end[-1]);)
		*--end = '\0';
	if (*copy == '@' && expand_word(copy) == NULL)
		refuse(text, "Of words, only @hourly, @daily, @midnight, @weekly, @monthly, @yearly and"
			   " @annually are schedules.");
	if (strstr(copy, "TZ="))
		refuse(text, "Schedules are in UTC, without another time zone.");
	if (*copy == '@')
		copy = pstrdup(expand_word(copy));
	count = split(copy, fields);
	if (count != SCHEDULE_PARTS)
		refuse(text, psprintf("It has %d fields, but must have five: minute, hour, day of the"
							  " month, month, day of the week.", count));
	for (SchedulePart part = 0; part < SCHEDULE_PARTS; part++)
		read_field(schedule, part, fields[part]);
	check_days(schedule, fields, text);
}

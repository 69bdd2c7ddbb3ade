/*
 * timetext.c
 *		Reads times by strftime patterns, as Python's datetime.strptime does.
 *
 * strptime makes a regular expression of the pattern.  Each directive has its
 * alternatives, the longest first; what does not fit later makes an earlier
 * directive try its next one.  When the whole expression fits and text is left,
 * nothing else is tried.  Names are those of the C locale.  The case of ASCII
 * letters does not matter; only ASCII digits and white space count as such.
 *
 * PostgreSQL prints less than such patterns say: no fraction that is zero, and only
 * the hours of a zone of whole hours.  A pattern of what it prints allows for that.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "partition/timetext.h"

/* Directives of strptime, without %c, %x and %X, which are composed of these, and %%. */
#define DIRECTIVES "AaBbdfGHIjMmpSUuVWwYyZz"
#define NDIRECTIVES (sizeof(DIRECTIVES) - 1)

/* In place of a directive. */
#define LITERAL '\0'
#define WHITE_SPACE ' '

/* Digits of a fraction of a second. */
#define MAX_DIGITS 6

#define SHORT_NAME 3

#define DAYS_PER_WEEK 7

/* Years of two digits from this one on are of the 1900s. */
#define FIRST_OF_1900S 69

/* A directive that is digits only, from min to max; one digit alone is at least min_digit. */
typedef struct NumberDirective
{
	char		directive;
	int			least_width;
	int			most_width;
	int			min;
	int			min_digit;
	int			max;
} NumberDirective;

static const NumberDirective number_directives[] = {
	{'d', 1, 2, 1, 1, 31},
	{'f', 1, 6, 0, 0, 999999},
	{'G', 4, 4, 0, 0, 9999},
	{'H', 1, 2, 0, 0, 23},
	{'I', 1, 2, 1, 1, 12},
	{'j', 1, 3, 1, 1, 366},
	{'M', 1, 2, 0, 0, 59},
	{'m', 1, 2, 1, 1, 12},
	{'S', 1, 2, 0, 0, 61},
	{'U', 1, 2, 0, 0, 53},
	{'u', 1, 1, 1, 1, 7},
	{'V', 1, 2, 1, 0, 53},
	{'W', 1, 2, 0, 0, 53},
	{'w', 1, 1, 0, 0, 6},
	{'Y', 4, 4, 0, 0, 9999},
	{'y', 2, 2, 0, 0, 99}
};

/* What one unit of a fraction of so many digits is. */
static const int microseconds_of[MAX_DIGITS + 1] = {0, 100000, 10000, 1000, 100, 10, 1};

/* Names of the C locale, and their short forms: the first three letters. */
static const char *const month_names[] = {
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december", NULL
};
static const char *const day_names[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL
};
static const char *const half_names[] = {"am", "pm", NULL};
static const char *const zone_names[] = {"utc", "gmt", NULL};

typedef struct PatternItem
{
	char		directive;
	unsigned char literal;
	int			index;			/* of the directive in DIRECTIVES */
	const NumberDirective *number;	/* NULL: not digits only */
} PatternItem;

struct TimePattern
{
	const char *text;
	bool		is_printed;		/* what PostgreSQL prints fits, too */
	bool		given[NDIRECTIVES];
	int			nitems;
	PatternItem items[FLEXIBLE_ARRAY_MEMBER];
};

/* A text that is matched. */
typedef struct TimeMatch
{
	const TimePattern *pattern;
	const char *end;			/* of the text */
	const char *stop;			/* where the pattern was at its end */
	int			values[NDIRECTIVES];
} TimeMatch;

/* What the directives make of a text, in their order: the later of two counts.  -1: not given. */
typedef struct TimeParts
{
	int			year;
	int			month;			/* from 1 */
	int			day;			/* from 1 */
	int			day_of_year;	/* from 1 */
	int			weekday;		/* from 0, Monday */
	int			iso_year;
	int			iso_week;
	int			week;
	bool		week_from_sunday;
	int			hour;
	bool		hour_of_12;
	bool		after_noon;
	int			minute;
	int			second;
	int			microsecond;
	int			offset;			/* seconds east of UTC */
} TimeParts;

static void add_items(TimePattern *pattern, const char *text);
static void add_directive(TimePattern *pattern, char directive);
static void check_pattern(const TimePattern *pattern);
static bool match_items(TimeMatch *match, int i, const char *at);
static bool match_white_space(TimeMatch *match, int i, const char *at);
static bool match_number(TimeMatch *match, int i, const char *at);
static bool match_zone(TimeMatch *match, int i, const char *at);
static int	match_word(char directive, const char *at, const char *end, int *value);
static int	match_name(const char *const *names, int len, const char *at, const char *end,
					   int *value);
static TimeParts parts_of(const TimeMatch *match);
static void set_part(TimeParts *parts, char directive, int value);
static void set_time_part(TimeParts *parts, char directive, int value);
static bool find_day(const TimeParts *parts, int *julian);
static int	day_of_week(const TimeParts *parts);
static int	hour_of(const TimeParts *parts);

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
has(const TimePattern *pattern, char directive)
{
	return pattern->given[strchr(DIRECTIVES, directive) - DIRECTIVES];
}

const TimePattern *
drs_time_pattern(const char *pattern)
{
	/* no directive is composed of more than 11 items per character */
	TimePattern *result = palloc0(offsetof(TimePattern, items) +
								  sizeof(PatternItem) * (strlen(pattern) * 11 + 1));

	result->text = pstrdup(pattern);
	add_items(result, pattern);
	check_pattern(result);
	return result;
}

const TimePattern *
drs_time_pattern_printed(const char *pattern)
{
	TimePattern *result = unconstify(TimePattern *, drs_time_pattern(pattern));

	result->is_printed = true;
	return result;
}

const char *
drs_time_pattern_text(const TimePattern *pattern)
{
	return pattern->text;
}

bool
drs_time_pattern_is_date(const TimePattern *pattern)
{
	return !has(pattern, 'H') && !has(pattern, 'I') && !has(pattern, 'M') &&
		!has(pattern, 'S') && !has(pattern, 'f') && !has(pattern, 'p');
}

/* Add what a pattern, or a part of it, consists of. */
static void
add_items(TimePattern *pattern, const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at == '%' && at[1] != '%')
			add_directive(pattern, *++at);
		else if (is_white(*at))
		{
			/* white space of any length stands for white space of any length */
			if (at == text || !is_white(at[-1]))
				pattern->items[pattern->nitems++].directive = WHITE_SPACE;
		}
		else
		{
			at += *at == '%';
			pattern->items[pattern->nitems++].literal = pg_ascii_tolower((unsigned char) *at);
		}
}

static void
add_directive(TimePattern *pattern, char directive)
{
	const char *found = directive ? strchr(DIRECTIVES, directive) : NULL;
	PatternItem *item;

	switch (directive)
	{
		case 'c':
			add_items(pattern, "%a %b %d %H:%M:%S %Y");
			return;
		case 'x':
			add_items(pattern, "%m/%d/%y");
			return;
		case 'X':
			add_items(pattern, "%H:%M:%S");
			return;
	}
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid date format \"%s\"", pattern->text),
				 errdetail("The directives are those of Python's strptime: %%%c is none.",
						   directive ? directive : ' ')));
	if (pattern->given[found - DIRECTIVES])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid date format \"%s\"", pattern->text),
				 errdetail("It has %%%c twice.", directive)));
	pattern->given[found - DIRECTIVES] = true;
	item = &pattern->items[pattern->nitems++];
	item->directive = directive;
	item->index = found - DIRECTIVES;
	for (int i = 0; i < (int) lengthof(number_directives); i++)
		if (number_directives[i].directive == directive)
			item->number = &number_directives[i];
}

/* Raise when a pattern names no year, or parts of a date that make none. */
static void
check_pattern(const TimePattern *pattern)
{
	bool		has_year = has(pattern, 'Y') || has(pattern, 'y');
	bool		has_weekday = has(pattern, 'A') || has(pattern, 'a') ||
		has(pattern, 'u') || has(pattern, 'w');
	bool		has_week = has(pattern, 'U') || has(pattern, 'W');

	if (!has_year && !has(pattern, 'G'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid date format \"%s\"", pattern->text),
				 errdetail("It names no year (%%Y, %%y or %%G).")));
	if ((!has_year && (!has(pattern, 'V') || !has_weekday || has(pattern, 'j'))) ||
		(has_year && has(pattern, 'V') && !has_week))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid date format \"%s\"", pattern->text),
				 errdetail("%%G needs %%V and a weekday (%%a, %%A, %%u or %%w), and neither is "
						   "combined with %%Y, %%y or %%j.")));
}

bool
drs_time_parse(const TimePattern *pattern, const char *text, size_t len, Timestamp *time,
			   int *offset)
{
	TimeMatch	match = {.pattern = pattern, .end = text + len};
	TimeParts	parts;
	int			julian;

	if (!match_items(&match, 0, text) || match.stop != match.end)
		return false;
	parts = parts_of(&match);
	/* strptime accepts leap seconds, which datetime then refuses */
	if (parts.second >= SECS_PER_MINUTE || !find_day(&parts, &julian))
		return false;
	*time = (julian - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY + hour_of(&parts) * USECS_PER_HOUR +
		parts.minute * USECS_PER_MINUTE + parts.second * USECS_PER_SEC + parts.microsecond;
	if (offset)
		*offset = parts.offset;
	return true;
}

/* Do a point and a fraction follow in the pattern, but not in the text, which may lack them? */
static inline bool
lacks_fraction(const TimeMatch *match, int i, const char *at)
{
	const PatternItem *item = &match->pattern->items[i];

	return match->pattern->is_printed && item->literal == '.' &&
		i + 1 < match->pattern->nitems && item[1].directive == 'f' &&
		(at == match->end || *at != '.');
}

/*
 * Match the items of the pattern from item i on.  One that can match in several
 * ways tries them itself, each with all that comes after it.
 */
static bool
match_items(TimeMatch *match, int i, const char *at)
{
	for (; i < match->pattern->nitems; i++)
	{
		const PatternItem *item = &match->pattern->items[i];
		int			width;

		if (item->directive == WHITE_SPACE)
			return match_white_space(match, i, at);
		if (item->number)
			return match_number(match, i, at);
		if (item->directive == 'z')
			return match_zone(match, i, at);
		if (lacks_fraction(match, i, at))
		{
			i++;
			continue;
		}
		if (item->directive == LITERAL)
			width = at < match->end && pg_ascii_tolower((unsigned char) *at) == item->literal;
		else
			width = match_word(item->directive, at, match->end, &match->values[item->index]);
		if (width == 0)
			return false;
		at += width;
	}
	match->stop = at;
	return true;
}

static bool
match_white_space(TimeMatch *match, int i, const char *at)
{
	const char *after = at;

	/* a pattern can have any number of these, unlike directives */
	check_stack_depth();
	while (after < match->end && is_white(*after))
		after++;
	for (; after > at; after--)
		if (match_items(match, i + 1, after))
			return true;
	return false;
}

/* Digits, as many as fit.  A day can be a blank and one digit. */
static bool
match_number(TimeMatch *match, int i, const char *at)
{
	const PatternItem *item = &match->pattern->items[i];
	const NumberDirective *number = item->number;
	int			most_width = number->most_width;
	int			width = 0;
	int			values[MAX_DIGITS + 1] = {0};

	if (number->directive == 'd' && at < match->end && *at == ' ')
	{
		at++;
		most_width = 1;
	}
	while (width < most_width && at + width < match->end && is_digit(at[width]))
	{
		values[width + 1] = values[width] * 10 + at[width] - '0';
		width++;
	}
	for (; width >= number->least_width; width--)
	{
		if (values[width] > number->max ||
			values[width] < (width == 1 ? number->min_digit : number->min))
			continue;
		if (!match_items(match, i + 1, at + width))
			continue;
		match->values[item->index] = number->directive == 'f' ?
			values[width] * microseconds_of[width] : values[width];
		return true;
	}
	return false;
}

/* Two digits from 00 to max, after a colon if there is one; -1 when it is not that. */
static int
zone_part(const char **at, const char *end, int max, bool colon)
{
	const char *from = *at + colon;
	int			value;

	if (end - *at < 2 + colon || (colon && **at != ':') ||
		!is_digit(from[0]) || !is_digit(from[1]))
		return -1;
	value = (from[0] - '0') * 10 + from[1] - '0';
	if (value > max)
		return -1;
	*at = from + 2;
	return value;
}

/* Where the fraction of a second ends that begins at that place, if one does. */
static const char *
after_fraction(const char *at, const char *end)
{
	int			digits = 0;

	if (at == end || *at != '.')
		return at;
	while (digits < MAX_DIGITS && at + 1 + digits < end && is_digit(at[1 + digits]))
		digits++;
	return digits ? at + 1 + digits : at;
}

/*
 * Z, +hhmm or +hh:mm, of less than a day; seconds and their fraction if they leave what fits.
 * PostgreSQL prints +hh, too.
 */
static bool
match_zone(TimeMatch *match, int i, const char *at)
{
	int		   *offset = &match->values[match->pattern->items[i].index];
	int			sign = at < match->end && *at == '-' ? -1 : 1;
	const char *next = at + 1;
	const char *minutes_end;
	bool		colon;
	int			hours;
	int			minutes;
	int			seconds;

	*offset = 0;
	if (at < match->end && *at == 'Z')
		return match_items(match, i + 1, next);
	if (at == match->end || (*at != '+' && *at != '-'))
		return false;
	hours = zone_part(&next, match->end, HOURS_PER_DAY - 1, false);
	colon = next < match->end && *next == ':';
	minutes = hours < 0 ? -1 : zone_part(&next, match->end, MINS_PER_HOUR - 1, colon);
	if (minutes < 0 && (hours < 0 || !match->pattern->is_printed))
		return false;
	minutes = Max(minutes, 0);
	minutes_end = next;
	seconds = zone_part(&next, match->end, SECS_PER_MINUTE - 1, colon);
	*offset = sign * ((hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE + Max(seconds, 0));
	if (seconds >= 0 && (match_items(match, i + 1, after_fraction(next, match->end)) ||
						 match_items(match, i + 1, next)))
		return true;
	*offset = sign * (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE;
	return match_items(match, i + 1, minutes_end);
}

/* A name: its width in bytes, 0 when there is none. */
static int
match_word(char directive, const char *at, const char *end, int *value)
{
	switch (directive)
	{
		case 'A':
			return match_name(day_names, 0, at, end, value);
		case 'a':
			return match_name(day_names, SHORT_NAME, at, end, value);
		case 'B':
			return match_name(month_names, 0, at, end, value);
		case 'b':
			return match_name(month_names, SHORT_NAME, at, end, value);
		case 'p':
			return match_name(half_names, 0, at, end, value);
		default:
			return match_name(zone_names, 0, at, end, value);
	}
}

/* One of the names, or its first len bytes if len is not 0; *value is its number from 0. */
static int
match_name(const char *const *names, int len, const char *at, const char *end, int *value)
{
	for (int i = 0; names[i]; i++)
	{
		int			width = len ? len : (int) strlen(names[i]);

		if (end - at < width || pg_strncasecmp(at, names[i], width) != 0)
			continue;
		*value = i;
		return width;
	}
	return 0;
}

static TimeParts
parts_of(const TimeMatch *match)
{
	TimeParts	parts = {
		.year = -1, .month = 1, .day = 1, .day_of_year = -1, .weekday = -1, .iso_year = -1,
		.iso_week = -1, .week = -1
	};

	for (int i = 0; i < match->pattern->nitems; i++)
	{
		const PatternItem *item = &match->pattern->items[i];

		if (item->directive != LITERAL && item->directive != WHITE_SPACE)
			set_part(&parts, item->directive, match->values[item->index]);
	}
	return parts;
}

static void
set_part(TimeParts *parts, char directive, int value)
{
	switch (directive)
	{
		case 'A':
		case 'a':
			parts->weekday = value;
			break;
		case 'u':
			parts->weekday = value - 1;
			break;
		case 'w':
			parts->weekday = (value + DAYS_PER_WEEK - 1) % DAYS_PER_WEEK;
			break;
		case 'B':
		case 'b':
			parts->month = value + 1;
			break;
		case 'm':
			parts->month = value;
			break;
		case 'd':
			parts->day = value;
			break;
		case 'j':
			parts->day_of_year = value;
			break;
		case 'U':
		case 'W':
			parts->week = value;
			parts->week_from_sunday = directive == 'U';
			break;
		case 'V':
			parts->iso_week = value;
			break;
		case 'G':
			parts->iso_year = value;
			break;
		case 'Y':
			parts->year = value;
			break;
		case 'y':
			parts->year = value + (value < FIRST_OF_1900S ? 2000 : 1900);
			break;
		default:
			set_time_part(parts, directive, value);
			break;
	}
}

static void
set_time_part(TimeParts *parts, char directive, int value)
{
	switch (directive)
	{
		case 'H':
		case 'I':
			parts->hour = value;
			parts->hour_of_12 = directive == 'I';
			break;
		case 'p':
			parts->after_noon = value == 1;
			break;
		case 'M':
			parts->minute = value;
			break;
		case 'S':
			parts->second = value;
			break;
		case 'f':
			parts->microsecond = value;
			break;
		case 'z':
			parts->offset = value;
			break;
	}
}

static int
hour_of(const TimeParts *parts)
{
	if (!parts->hour_of_12)
		return parts->hour;
	return parts->hour % 12 + (parts->after_noon ? 12 : 0);
}

/*
 * The Julian day.  A day of the year counts before a week with its weekday, and
 * that before month and day.  False when there is no such day from year 1 to 9999.
 */
static bool
find_day(const TimeParts *parts, int *julian)
{
	int			year = parts->year >= 0 ? parts->year : parts->iso_year;

	if (year < 1)
		return false;
	if (parts->day_of_year >= 0)
		*julian = date2j(year, 1, 1) + parts->day_of_year - 1;
	else if (parts->weekday >= 0 && parts->week >= 0)
		*julian = day_of_week(parts);
	else if (parts->weekday >= 0 && parts->iso_week >= 0)
		*julian = isoweek2j(year, parts->iso_week) + parts->weekday;
	else if (parts->day > day_tab[isleap(year)][parts->month - 1])
		return false;
	else
		*julian = date2j(year, parts->month, parts->day);
	return *julian >= date2j(1, 1, 1) && *julian <= date2j(9999, 12, 31);
}

/*
 * A weekday of a week as %U and %W count them: week 1 begins with the year's first
 * Sunday or Monday, and the days before it are week 0.
 */
static int
day_of_week(const TimeParts *parts)
{
	int			new_year = date2j(parts->year, 1, 1);
	int			first = parts->week_from_sunday ? 0 : 1;	/* as j2day counts */
	int			day = (parts->weekday + 1) % DAYS_PER_WEEK;
	int			to_week_1 = (first - j2day(new_year) + DAYS_PER_WEEK) % DAYS_PER_WEEK;

	return new_year + to_week_1 + (parts->week - 1) * DAYS_PER_WEEK +
		(day - first + DAYS_PER_WEEK) % DAYS_PER_WEEK;
}

/*
 * timevalue.c
 *		Reads values of a time column, whatever their type.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/datetimetext.h"
#include "partition/timedetect.h"
#include "partition/timetext.h"
#include "partition/timevalue.h"

/* Bytes of a text that messages show. */
#define SHOWN_BYTES 64

/* What the values are of. */
typedef enum TimeKind
{
	TIME_IS_DATE,
	TIME_IS_TIMESTAMP,			/* or timestamptz, which counts the same microseconds */
	TIME_IS_VARLENA,			/* text, varchar */
	TIME_IS_OTHER				/* by its output function */
} TimeKind;

struct TimeReader
{
	Oid			type;			/* no domain */
	TimeKind	kind;
	FmgrInfo	output;			/* output function of TIME_IS_OTHER */
	const TimePattern *pattern; /* of texts; NULL: not decided */
	TimeDetector *detector;		/* NULL: the pattern is given */

	bool		zone_seen;
	bool		mixed_zones;
	int			offset;			/* of the first text; seconds east of UTC */
};

static void set_text_kind(TimeReader *reader, const char *date_format);
static void check_number_format(const char *date_format);
static const char *text_of(TimeReader *reader, Datum value, size_t *len);
static Timestamp read_text(TimeReader *reader, Datum value);

/* Are the values texts, or numbers that are read as such? */
static inline bool
is_text(const TimeReader *reader)
{
	return reader->kind == TIME_IS_VARLENA || reader->kind == TIME_IS_OTHER;
}

TimeReader *
drs_time_reader(Oid type, const char *date_format)
{
	TimeReader *reader = palloc0(sizeof(TimeReader));

	reader->type = getBaseType(type);
	if (reader->type == DATEOID)
		reader->kind = TIME_IS_DATE;
	else if (reader->type == TIMESTAMPOID || reader->type == TIMESTAMPTZOID)
		reader->kind = TIME_IS_TIMESTAMP;
	else
		set_text_kind(reader, date_format);
	if (date_format && !is_text(reader))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a date format is for texts and numbers"),
				 errdetail("The time column is of type %s.", format_type_be(type))));
	if (date_format)
		reader->pattern = drs_time_pattern(date_format);
	else if (is_text(reader))
		reader->detector = drs_time_detector();
	return reader;
}

/* Set how values of a type that is none of dates are made text. */
static void
set_text_kind(TimeReader *reader, const char *date_format)
{
	char		category;
	bool		is_preferred;
	bool		is_varlena;
	Oid			output;

	get_type_category_preferred(reader->type, &category, &is_preferred);
	if (category == TYPCATEGORY_NUMERIC)
		check_number_format(date_format);
	if (category != TYPCATEGORY_NUMERIC && category != TYPCATEGORY_STRING &&
		category != TYPCATEGORY_UNKNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a time column cannot be of type %s", format_type_be(reader->type)),
				 errhint("It can be of type date, timestamp or timestamptz, or of texts.")));
	reader->kind = reader->type == TEXTOID || reader->type == VARCHAROID ? TIME_IS_VARLENA :
		TIME_IS_OTHER;
	getTypeOutputInfo(reader->type, &output, &is_varlena);
	fmgr_info(output, &reader->output);
}

/*
 * Numbers need a format, and one that no zero can begin: January 1 and 10 of 2020 would be 1012020
 * and 10012020 by %d%m%Y, and the first of them would be read as January 10.
 */
static void
check_number_format(const char *date_format)
{
	if (date_format == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a time column of numbers needs a date format"),
				 errhint("Give the format, such as \"date_format\": \"%%Y%%m%%d\", or convert the "
						 "numbers, such as with to_timestamp.")));
	if (strncmp(date_format, "%Y", 2) != 0 && strncmp(date_format, "%G", 2) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the date format of numbers must begin with the year"),
				 errdetail("Others begin with a zero at times, which a number does not have."),
				 errhint("Convert the numbers to texts, such as with to_char(number, "
						 "'FM00000000').")));
}

Timestamp
drs_time_read(TimeReader *reader, Datum value)
{
	switch (reader->kind)
	{
		case TIME_IS_DATE:
			return DatumGetTimestamp(DirectFunctionCall1(date_timestamp, value));
		case TIME_IS_TIMESTAMP:
			return DatumGetTimestamp(value);
		default:
			return read_text(reader, value);
	}
}

static Timestamp
read_text(TimeReader *reader, Datum value)
{
	size_t		len;
	const char *text = text_of(reader, value, &len);
	Timestamp	time;
	int			offset;

	if (reader->pattern == NULL)
		time = drs_time_detect(reader->detector, text, len, &offset);
	else if (!drs_time_parse(reader->pattern, text, len, &time, &offset))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("time \"%s\" does not fit the date format \"%s\"",
						pnstrdup(text, pg_mbcliplen(text, len, SHOWN_BYTES)),
						drs_time_pattern_text(reader->pattern))));
	if (!reader->zone_seen)
	{
		reader->zone_seen = true;
		reader->offset = offset;
	}
	else if (reader->offset != offset)
		reader->mixed_zones = true;
	return time;
}

bool
drs_time_reader_decide(TimeReader *reader)
{
	if (reader->detector == NULL || reader->pattern)
		return true;
	reader->pattern = drs_time_detected(reader->detector);
	return drs_time_guessed(reader->detector);
}

/* The text of a value, palloc'd if need be, with no NUL at its end. */
static const char *
text_of(TimeReader *reader, Datum value, size_t *len)
{
	char	   *chars;

	if (reader->kind == TIME_IS_VARLENA)
	{
		text	   *words = DatumGetTextPP(value);

		*len = VARSIZE_ANY_EXHDR(words);
		return VARDATA_ANY(words);
	}
	chars = OutputFunctionCall(&reader->output, value);
	*len = strlen(chars);
	/* blanks at the end of a char(n) mean nothing */
	while (reader->type == BPCHAROID && *len > 0 && chars[*len - 1] == ' ')
		--*len;
	return chars;
}

const char *
drs_time_reader_format(const TimeReader *reader)
{
	if (reader->pattern)
		return drs_time_pattern_text(reader->pattern);
	return is_text(reader) ? NULL : drs_datetime_format(reader->type);
}

bool
drs_time_reader_is_date(const TimeReader *reader)
{
	return reader->kind == TIME_IS_DATE ||
		(reader->pattern && drs_time_pattern_is_date(reader->pattern));
}

bool
drs_time_reader_mixed_zones(const TimeReader *reader)
{
	return reader->mixed_zones;
}

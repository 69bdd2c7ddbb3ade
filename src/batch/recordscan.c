/*
 * recordscan.c
 *		Finds records in CSV text that is still growing, and single fields of a
 *		record.
 *
 * A record ends at the first line feed with an even number of quotes before
 * it.  Most text has no quotes, so the next quote is remembered, and each byte
 * is passed twice by memchr: once for quotes, and once for line feeds.
 */
#include "postgres.h"

#include "batch/recordscan.h"

/* More would not be a number of rows. */
#define MAX_DIGITS 18

void
drs_recordscan_begin(RecordScan *scan, size_t at)
{
	scan->searched = at;
	scan->is_quoted = false;
	scan->has_quotes = false;
}

void
drs_recordscan_moved(RecordScan *scan, size_t by)
{
	scan->searched -= by;
	scan->next_quote = scan->next_quote > by ? scan->next_quote - by : 0;
}

/* The offset of the next quote from searched on; len: there is none yet. */
static size_t
next_quote(RecordScan *scan, const char *text, size_t len)
{
	size_t		at = Max(scan->searched, scan->next_quote);

	if (at < len && text[at] != '"')
	{
		const char *quote = memchr(text + at, '"', len - at);

		at = quote ? (size_t) (quote - text) : len;
	}
	scan->next_quote = at;
	return at;
}

size_t
drs_recordscan_end(RecordScan *scan, const char *text, size_t len)
{
	while (scan->searched < len)
	{
		size_t		quote = next_quote(scan, text, len);
		const char *line_feed = NULL;

		if (!scan->is_quoted)
			line_feed = memchr(text + scan->searched, '\n', quote - scan->searched);
		if (line_feed)
			return line_feed - text + 1;
		scan->searched = Min(quote + 1, len);
		if (quote < len)
		{
			scan->is_quoted = !scan->is_quoted;
			scan->has_quotes = true;
		}
	}
	return 0;
}

/* The end of the field that begins at a byte of a record with quotes. */
static const char *
quoted_field_end(const char *at, const char *end)
{
	bool		quoted = false;

	for (; at < end && (quoted || *at != ','); at++)
		if (*at == '"')
			quoted = !quoted;
	return at;
}

static const char *
plain_field_end(const char *at, const char *end)
{
	const char *comma = memchr(at, ',', end - at);

	return comma ? comma : end;
}

static bool
field_from_start(const char *record, size_t len, bool has_quotes, int index, RawField *field)
{
	const char *end = record + len;

	for (const char *at = record;; index--)
	{
		const char *stop = has_quotes ? quoted_field_end(at, end) : plain_field_end(at, end);

		if (index == 0)
		{
			*field = (RawField) {at, stop - at};
			return true;
		}
		if (stop == end)
			return false;
		at = stop + 1;
	}
}

/* The last field is 0 here. */
static bool
field_from_end(const char *record, size_t len, int index, RawField *field)
{
	const char *stop = record + len;

	for (;; index--)
	{
		const char *at = stop;

		while (at > record && at[-1] != ',')
			at--;
		if (index == 0)
		{
			*field = (RawField) {at, stop - at};
			return true;
		}
		if (at == record)
			return false;
		stop = at - 1;
	}
}

bool
drs_recordscan_field(const char *record, size_t len, bool has_quotes, int index, int nfields,
					 RawField *field)
{
	int			from_end = nfields - 1 - index;

	if (!has_quotes && from_end < index)
		return field_from_end(record, len, from_end, field);
	return field_from_start(record, len, has_quotes, index, field);
}

static bool
is_quoted(const RawField *field)
{
	return field->len >= 2 && field->text[0] == '"' && field->text[field->len - 1] == '"';
}

bool
drs_rawfield_is(const RawField *field, const char *value)
{
	size_t		len = strlen(value);
	int			quotes = is_quoted(field) ? 1 : 0;

	return field->len == len + 2 * quotes && memcmp(field->text + quotes, value, len) == 0;
}

char *
drs_rawfield_text(const RawField *field)
{
	char	   *text;
	char	   *to;

	if (!is_quoted(field))
		return pnstrdup(field->text, field->len);
	text = to = palloc(field->len);
	for (const char *at = field->text + 1; at < field->text + field->len - 1; at++)
	{
		*to++ = *at;
		if (*at == '"')
			at++;				/* of two quotes, one counts */
	}
	*to = '\0';
	return text;
}

bool
drs_rawfield_number(const RawField *field, uint64 *number)
{
	const char *at = field->text;
	const char *end = at + field->len;
	const char *digits;

	if (is_quoted(field))
	{
		at++;
		end--;
	}
	*number = 0;
	for (digits = at; at < end && *at >= '0' && *at <= '9'; at++)
	{
		if (at - digits == MAX_DIGITS)
			return false;
		*number = *number * 10 + (*at - '0');
	}
	if (at == digits)
		return false;
	if (at < end && *at == '.')
		for (at++; at < end && *at == '0';)
			at++;
	return at == end;
}

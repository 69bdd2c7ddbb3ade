/*
 * csvrecords.c
 *		Finds where records of CSV end, in pieces of a text.
 */
#include "postgres.h"

#include "batch/csvrecords.h"

bool
drs_csvrecords_can(const CsvDialect *dialect)
{
	const TextEncoding *encoding = &dialect->encoding;
	bool		marks = dialect->delimiter.len == 1 && dialect->quote.len == 1;

	if (encoding->form == TEXT_ASCII)
		return marks;
	if (encoding->form != TEXT_SERVER || !marks)
		return false;
	/* the others have ASCII in later bytes of a character, but no quote, comma or tab */
	return PG_VALID_BE_ENCODING(encoding->number) ||
		(dialect->quote.text[0] < '0' && dialect->delimiter.text[0] < '0');
}

CsvPlace
drs_csvrecords_start(const CsvDialect *dialect)
{
	return (CsvPlace) {
		.delimiter = dialect->delimiter.text[0],
		.quote = dialect->quote.text[0],
		.at = CSV_AT_START
	};
}

/* Step over a byte.  True: it ends a record. */
static inline bool
step(CsvPlace *place, char c)
{
	if (c == place->quote && place->at != CSV_IN_FIELD)
		place->at = place->at == CSV_IN_QUOTES ? CSV_AFTER_QUOTE : CSV_IN_QUOTES;
	else if (place->at != CSV_IN_QUOTES)
	{
		bool		edge = c == place->delimiter || c == '\n' || c == '\r';

		place->at = edge ? CSV_AT_START : CSV_IN_FIELD;
		return c == '\n';
	}
	return false;
}

size_t
drs_csvrecords_first(CsvPlace *place, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (step(place, bytes[i]))
			return i + 1;
	return 0;
}

size_t
drs_csvrecords_last(CsvPlace *place, const char *bytes, size_t len)
{
	size_t		end = 0;

	for (size_t i = 0; i < len; i++)
		if (step(place, bytes[i]))
			end = i + 1;
	return end;
}

int64
drs_csvrecords_count(CsvPlace *place, const char *bytes, size_t len)
{
	int64		count = 0;

	for (size_t i = 0; i < len; i++)
		count += step(place, bytes[i]);
	return count;
}

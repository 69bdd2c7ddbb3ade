/*
 * csvdialect.c
 *		Reads csvSettings.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "batch/csvdialect.h"

const CsvDialect drs_csv_standard = {
	.delimiter = {",", 1},
	.quote = {"\"", 1},
	.encoding = {.form = TEXT_SERVER, .number = PG_UTF8},
	.encoding_name = "utf-8"
};

static bool
is_mark(const CsvMark *mark, char c)
{
	return mark->len == 1 && mark->text[0] == c;
}

bool
drs_csvdialect_is_standard(const CsvDialect *dialect)
{
	return is_mark(&dialect->delimiter, ',') && is_mark(&dialect->quote, '"') &&
		drs_textencoding_is_utf8(&dialect->encoding);
}

/* The one character of a text, as UTF-8. */
static CsvMark
read_mark(const char *text, const char *name)
{
	const char *utf8 = pg_server_to_any(text, (int) strlen(text), PG_UTF8);
	size_t		len = strlen(utf8);
	CsvMark		mark = {0};

	if (len == 0 || len != (size_t) pg_utf_mblen((const unsigned char *) utf8) ||
		len >= sizeof(mark.text) || utf8[0] == '\n' || utf8[0] == '\r')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid %s of CSV data: \"%s\"", name, text),
				 errdetail("It must be one character, and no line end.")));
	memcpy(mark.text, utf8, len);
	mark.len = (int) len;
	return mark;
}

static char *
read_text(JsonbContainer *settings, const char *name)
{
	return settings ? drs_jsonpath_text(settings, name) : NULL;
}

static void
read_encoding(CsvDialect *dialect, char *name)
{
	if (!drs_textencoding_find(name, &dialect->encoding))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("CSV data cannot be converted between UTF-8 and the encoding \"%s\"",
						name),
				 errdetail("Encodings are those of PostgreSQL by Python's names, UTF-16 and"
						   " UTF-32.")));
	dialect->encoding_name = name;
}

CsvDialect *
drs_csvdialect_of(JsonbContainer *settings)
{
	CsvDialect *dialect = palloc(sizeof(CsvDialect));
	char	   *delimiter = read_text(settings, "delimiter");
	char	   *quote = read_text(settings, "quotechar");
	char	   *encoding = read_text(settings, "encoding");

	*dialect = drs_csv_standard;
	if (delimiter)
		dialect->delimiter = read_mark(strcmp(delimiter, "tab") == 0 ? "\t" : delimiter,
									   "delimiter");
	if (quote)
		dialect->quote = read_mark(quote, "quote character");
	if (strcmp(dialect->delimiter.text, dialect->quote.text) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delimiter and quote character of CSV data are the same")));
	if (encoding)
		read_encoding(dialect, encoding);
	return dialect;
}

CsvDialect *
drs_csvdialect_of_job(const Job *job)
{
	return drs_csvdialect_of(drs_job_container(&job->record->root, "jobSpec.csvSettings"));
}

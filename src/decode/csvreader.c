/*
 * csvreader.c
 *		Splits CSV text into records with libcsv, which pushes fields to callbacks.
 *
 * The text comes in pieces, which are handed to libcsv in slices.  Its callbacks
 * only collect: field bytes into one buffer, field ends and record ends into two
 * arrays.  After each slice, the records collected from it are returned one
 * by one; the fields of an unfinished record stay at the front for the next
 * slice.
 *
 * libcsv's defaults are wrong for data: it trims blanks, accepts stray quotes
 * and truncated text, and ends a record at either half of a line end.  The
 * options and functions below turn all of that off.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytebuf.h"
#include "decode/csvreader.h"

#define SLICE_BYTES 32768		/* small enough for the collected fields to stay in the cache */

#define PARSER_OPTIONS (CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL | CSV_APPEND_NULL)

typedef struct FieldEnd
{
	size_t		end;			/* offset in bytes, after the field's NUL */
	bool		is_null;
} FieldEnd;

struct CsvReader
{
	struct csv_parser parser;
	const char *text;			/* the piece that was fed last */
	size_t		len;
	size_t		at;				/* next byte of it to hand to libcsv */
	bool		last;			/* there are no more pieces */
	size_t		fed;			/* bytes of all pieces */
	bool		line_feeds;		/* lines end with a line feed alone */
	bool		finished;		/* libcsv was told that the text has ended */
	const char *problem;

	/* collected by the callbacks */
	ByteBuf		bytes;			/* of fields, each followed by a NUL */
	ByteBuf		field_ends;		/* of FieldEnd */
	ByteBuf		record_ends;	/* of size_t: number of fields up to that end */

	size_t		open_fields;	/* of the record not finished yet */

	/* returned so far */
	size_t		records_out;
	size_t		fields_out;
	ReplyField *fields;			/* the record returned last */
	int			max_fields;
};

static int
no_blanks(unsigned char c)
{
	return 0;
}

static int
is_line_feed(unsigned char c)
{
	return c == '\n';
}

/* The first line feed that is not within quotes; NULL: there is none. */
static const char *
first_line_feed(const char *text, size_t len)
{
	bool		quoted = false;

	for (const char *at = text; at < text + len; at++)
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\n' && !quoted)
			return at;
	return NULL;
}

/*
 * Do lines end with a line feed alone?  The first line shows it.  Programs
 * that write such lines do not quote a carriage return, which is text like
 * any other.  A carriage return at the end of the first line is part of the
 * line end.
 */
static bool
has_line_feeds_alone(const char *text, size_t len)
{
	const char *line_feed = first_line_feed(text, len);

	return line_feed && (line_feed == text || line_feed[-1] != '\r');
}

size_t
drs_csv_mark_len(const char *text, size_t len)
{
	size_t		mark = strlen(DRS_BYTE_ORDER_MARK);

	return len >= mark && memcmp(text, DRS_BYTE_ORDER_MARK, mark) == 0 ? mark : 0;
}

bool
drs_csv_has_line(const char *text, size_t len)
{
	for (; len > 0 && (*text == '\n' || *text == '\r'); text++)
		len--;					/* skip empty lines */
	return first_line_feed(text, len) != NULL;
}

bool
drs_csv_is_ended(const char *text, size_t len)
{
	char		last = len > 0 ? text[len - 1] : '\0';

	return last == '\n' || (last == '\r' && !has_line_feeds_alone(text, len));
}

CsvReader *
drs_csv_open(int max_fields)
{
	CsvReader  *reader = calloc(1, sizeof(CsvReader));

	if (reader == NULL)
		return NULL;
	reader->fields = malloc(sizeof(ReplyField) * max_fields);
	if (reader->fields == NULL || csv_init(&reader->parser, PARSER_OPTIONS) != 0)
	{
		free(reader->fields);
		free(reader);
		return NULL;
	}
	csv_set_space_func(&reader->parser, no_blanks);
	reader->max_fields = max_fields;
	return reader;
}

void
drs_csv_feed(CsvReader *reader, const char *text, size_t len, bool last)
{
	if (reader->fed == 0)
		reader->line_feeds = has_line_feeds_alone(text, len);
	if (reader->line_feeds && len > 0 && memchr(text, '\r', len))
		csv_set_term_func(&reader->parser, is_line_feed);
	reader->text = text;
	reader->len = len;
	reader->at = 0;
	reader->last = last;
	reader->fed += len;
	/* a field is no longer than its text, and its NUL takes the place of the separator */
	reader->bytes.max = reader->fed + 2;
	reader->field_ends.max = (reader->fed + 2) * sizeof(FieldEnd);
	reader->record_ends.max = (reader->fed + 2) * sizeof(size_t);
}

void
drs_csv_close(CsvReader *reader)
{
	csv_free(&reader->parser);
	drs_bytebuf_free(&reader->bytes);
	drs_bytebuf_free(&reader->field_ends);
	drs_bytebuf_free(&reader->record_ends);
	free(reader->fields);
	free(reader);
}

const char *
drs_csv_problem(const CsvReader *reader)
{
	return reader->problem;
}

/* libcsv cannot be stopped from a callback: after a failure the rest is ignored. */
static void
on_field(void *text, size_t len, void *arg)
{
	CsvReader  *reader = arg;
	FieldEnd	field;

	if (reader->problem)
		return;
	if (++reader->open_fields > (size_t) reader->max_fields)
		reader->problem = "a record has too many fields";
	if (!drs_bytebuf_add(&reader->bytes, text ? text : "", len) ||
		!drs_bytebuf_add(&reader->bytes, "", 1))
		reader->problem = "out of memory";
	field.end = reader->bytes.len;
	field.is_null = text == NULL;
	if (!drs_bytebuf_add(&reader->field_ends, &field, sizeof(field)))
		reader->problem = "out of memory";
}

static void
on_record(int terminator, void *arg)
{
	CsvReader  *reader = arg;
	size_t		nfields = reader->field_ends.len / sizeof(FieldEnd);

	reader->open_fields = 0;
	if (reader->problem == NULL && !drs_bytebuf_add(&reader->record_ends, &nfields,
													sizeof(nfields)))
		reader->problem = "out of memory";
}

/* Drop the records returned; an unfinished one moves to the front. */
static void
drop_given_out(CsvReader *reader)
{
	FieldEnd   *ends = (FieldEnd *) reader->field_ends.data;
	size_t		used = reader->fields_out ? ends[reader->fields_out - 1].end : 0;
	size_t		left = reader->field_ends.len / sizeof(FieldEnd) - reader->fields_out;

	drs_bytebuf_drop(&reader->record_ends, reader->record_ends.len);
	reader->records_out = 0;
	if (reader->fields_out == 0)
		return;
	drs_bytebuf_drop(&reader->bytes, used);
	drs_bytebuf_drop(&reader->field_ends, reader->fields_out * sizeof(FieldEnd));
	for (size_t i = 0; i < left; i++)
		((FieldEnd *) reader->field_ends.data)[i].end -= used;
	reader->fields_out = 0;
}

/* Give libcsv the next slice, or tell it that the text has ended. */
static void
read_slice(CsvReader *reader)
{
	size_t		len = reader->len - reader->at;

	if (len > SLICE_BYTES)
		len = SLICE_BYTES;
	if (len == 0)
	{
		reader->finished = true;
		if (csv_fini(&reader->parser, on_field, on_record, reader) != 0 && reader->problem == NULL)
			reader->problem = "it ends within a quoted field";
		return;
	}
	if (csv_parse(&reader->parser, reader->text + reader->at, len, on_field, on_record,
				  reader) != len &&
		reader->problem == NULL)
		reader->problem = csv_error(&reader->parser) == CSV_EPARSE ? "a quote is out of place" :
			"out of memory";
	reader->at += len;
}

CsvStatus
drs_csv_next(CsvReader *reader, CsvRecord *record)
{
	const FieldEnd *ends;
	size_t		stop;

	while (reader->records_out == reader->record_ends.len / sizeof(size_t))
	{
		if (reader->problem)
			return CSV_BROKEN;
		if (reader->finished)
			return CSV_END;
		if (reader->at == reader->len && !reader->last)
			return CSV_MORE;
		drop_given_out(reader);
		read_slice(reader);
	}
	ends = (const FieldEnd *) reader->field_ends.data;
	stop = ((const size_t *) reader->record_ends.data)[reader->records_out++];
	record->nfields = 0;
	record->fields = reader->fields;
	for (; reader->fields_out < stop; reader->fields_out++)
	{
		size_t		start = reader->fields_out ? ends[reader->fields_out - 1].end : 0;
		ReplyField *field = &reader->fields[record->nfields++];

		field->text = ends[reader->fields_out].is_null ? NULL : reader->bytes.data + start;
		field->len = ends[reader->fields_out].end - start - 1;
	}
	return CSV_RECORD;
}

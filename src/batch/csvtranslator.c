/*
 * csvtranslator.c
 *		Translates CSV from one dialect to another, piece by piece.
 *
 *		bytes ── encoding ──► UTF-8 ── fields ──► UTF-8 ── encoding ──► bytes
 *
 * Each field is collected, since only its end shows whether it needs quotes in the other
 * dialect.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "batch/csvtranslator.h"
#include "decode/csvreader.h"

typedef enum Place
{
	PLACE_START,				/* of a field */
	PLACE_PLAIN,				/* in a field without quotes */
	PLACE_QUOTED,
	PLACE_AFTER_QUOTE			/* which ends the field, or is the first of two */
} Place;

struct CsvTranslator
{
	const CsvDialect *from;
	const CsvDialect *to;
	Place		place;
	bool		begun;			/* was anything read? */
	bool		written;		/* was anything written? */
	TextEncoding encoding;		/* of what is read; its mark may say more than its name */
	ByteBuf		bytes;			/* what could not be read yet as characters */
	ByteBuf		utf8;			/* what is read */
	ByteBuf		field;			/* without quotes */
	ByteBuf		result;			/* in UTF-8 */
	MemoryContextCallback ending;
};

static void
free_buffers(void *arg)
{
	CsvTranslator *translator = arg;

	drs_bytebuf_free(&translator->bytes);
	drs_bytebuf_free(&translator->utf8);
	drs_bytebuf_free(&translator->field);
	drs_bytebuf_free(&translator->result);
}

CsvTranslator *
drs_csvtranslator_create(const CsvDialect *from, const CsvDialect *to)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring CSV",
											  ALLOCSET_SMALL_SIZES);
	CsvTranslator *translator = MemoryContextAllocZero(cxt, sizeof(CsvTranslator));

	translator->from = from;
	translator->to = to;
	drs_bytebuf_init(&translator->bytes, SIZE_MAX);
	drs_bytebuf_init(&translator->utf8, SIZE_MAX);
	drs_bytebuf_init(&translator->field, MaxAllocSize);
	drs_bytebuf_init(&translator->result, SIZE_MAX);
	translator->ending.func = free_buffers;
	translator->ending.arg = translator;
	MemoryContextRegisterResetCallback(cxt, &translator->ending);
	drs_csvtranslator_reset(translator);
	return translator;
}

void
drs_csvtranslator_reset(CsvTranslator *translator)
{
	translator->place = PLACE_START;
	translator->begun = translator->written = false;
	translator->encoding = translator->from->encoding;
	translator->bytes.len = translator->utf8.len = 0;
	translator->field.len = translator->result.len = 0;
}

static void
append(ByteBuf *out, const char *bytes, size_t len)
{
	/* quotes that are never closed would make one field of all that follows */
	if (len > out->max - out->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a field of CSV data has more than %zu bytes", out->max)));
	if (!drs_bytebuf_add(out, bytes, len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed on CSV data of %zu bytes.", out->len + len)));
}

/* Is the text at this place the mark? */
static inline bool
is_at(const CsvMark *mark, const char *at, const char *end)
{
	return *at == mark->text[0] &&
		(mark->len == 1 || (end - at >= mark->len && memcmp(at, mark->text, mark->len) == 0));
}

/* Does the mark occur in the field?  A character of UTF-8 is never part of another. */
static bool
contains(const ByteBuf *field, const CsvMark *mark)
{
	const char *end = field->data + field->len;

	for (const char *at = field->data; at < end; at++)
	{
		at = memchr(at, mark->text[0], end - at);
		if (at == NULL)
			return false;
		if (is_at(mark, at, end))
			return true;
	}
	return false;
}

static void
write_quoted(CsvTranslator *translator)
{
	const CsvMark *quote = &translator->to->quote;
	const char *from = translator->field.data;
	const char *end = from + translator->field.len;

	append(&translator->result, quote->text, quote->len);
	for (const char *at = from; at < end; at++)
		if (is_at(quote, at, end))
		{
			append(&translator->result, from, at - from);
			append(&translator->result, quote->text, quote->len);
			from = at;
		}
	append(&translator->result, from, end - from);
	append(&translator->result, quote->text, quote->len);
}

/* Write the field that has been collected. */
static void
end_field(CsvTranslator *translator)
{
	const ByteBuf *field = &translator->field;
	bool		quoted = translator->place == PLACE_AFTER_QUOTE;

	if (quoted || (field->len > 0 && (contains(field, &translator->to->delimiter) ||
									  contains(field, &translator->to->quote))))
		write_quoted(translator);
	else
		append(&translator->result, field->data, field->len);
	translator->field.len = 0;
	translator->place = PLACE_START;
}

/* Collect what comes before the next quote of a field in quotes. */
static const char *
read_quoted(CsvTranslator *translator, const char *at, const char *end)
{
	const CsvMark *quote = &translator->from->quote;
	const char *from = at;

	while (at < end && !is_at(quote, at, end))
		at++;
	append(&translator->field, from, at - from);
	if (at == end)
		return at;
	translator->place = PLACE_AFTER_QUOTE;
	return at + quote->len;
}

/* Collect what comes before the end of a field without quotes. */
static const char *
read_plain(CsvTranslator *translator, const char *at, const char *end)
{
	const CsvMark *delimiter = &translator->from->delimiter;
	const char *from = at;

	while (at < end && *at != '\n' && *at != '\r' && !is_at(delimiter, at, end))
		at++;
	append(&translator->field, from, at - from);
	translator->place = PLACE_PLAIN;
	return at;
}

/* Read what ends a field, or begins one. */
static const char *
read_edge(CsvTranslator *translator, const char *at, const char *end)
{
	const CsvDialect *from = translator->from;
	Place		place = translator->place;

	if (is_at(&from->quote, at, end) && (place == PLACE_START || place == PLACE_AFTER_QUOTE))
	{
		if (place == PLACE_AFTER_QUOTE)
			append(&translator->field, from->quote.text, from->quote.len);
		translator->place = PLACE_QUOTED;
		return at + from->quote.len;
	}
	if (is_at(&from->delimiter, at, end))
	{
		end_field(translator);
		append(&translator->result, translator->to->delimiter.text,
			   translator->to->delimiter.len);
		return at + from->delimiter.len;
	}
	if (*at == '\n' || *at == '\r')
	{
		end_field(translator);
		append(&translator->result, at, 1);
		return at + 1;
	}
	if (place == PLACE_AFTER_QUOTE)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("malformed CSV data: a closing quote is followed by other text")));
	return read_plain(translator, at, end);
}

/* Translate whole characters of UTF-8. */
static void
translate(CsvTranslator *translator, const char *at, size_t len)
{
	const char *end = at + len;

	while (at < end)
		if (translator->place == PLACE_QUOTED)
			at = read_quoted(translator, at, end);
		else
			at = read_edge(translator, at, end);
}

/* Hand over what is translated. */
static void
hand_over(CsvTranslator *translator, ByteBuf *out)
{
	const TextEncoding *encoding = &translator->to->encoding;

	if (!translator->written && translator->result.len > 0 && encoding->marked)
		drs_textencoding_write(encoding, DRS_BYTE_ORDER_MARK, strlen(DRS_BYTE_ORDER_MARK), out);
	translator->written |= translator->result.len > 0;
	drs_textencoding_write(encoding, translator->result.data, translator->result.len, out);
	translator->result.len = 0;
}

/* A mark that is read the other way round says that all of the text is. */
static void
find_byte_order(CsvTranslator *translator)
{
	TextEncoding *encoding = &translator->encoding;
	size_t		unit = encoding->form == TEXT_UTF32 ? 4 : 2;
	const char *swapped = encoding->form == TEXT_UTF32 ? "\0\0\xFE\xFF" : "\xFE\xFF";

	if (encoding->marked && (encoding->form == TEXT_UTF16 || encoding->form == TEXT_UTF32) &&
		translator->bytes.len >= unit && memcmp(translator->bytes.data, swapped, unit) == 0)
		encoding->big_endian = true;
}

/* Skip the mark at the beginning of what was read. */
static size_t
mark_len(CsvTranslator *translator)
{
	const ByteBuf *utf8 = &translator->utf8;

	if (translator->begun || utf8->len == 0)
		return 0;
	translator->begun = true;
	return translator->encoding.marked ? drs_csv_mark_len(utf8->data, utf8->len) : 0;
}

void
drs_csvtranslator_add(CsvTranslator *translator, const char *bytes, size_t len, ByteBuf *out)
{
	ByteBuf    *kept = &translator->bytes;
	size_t		done;
	size_t		skipped;

	append(kept, bytes, len);
	if (!translator->begun)
		find_byte_order(translator);
	done = drs_textencoding_read(&translator->encoding, kept->data, kept->len, &translator->utf8);
	drs_bytebuf_drop(kept, done);
	skipped = mark_len(translator);
	translate(translator, translator->utf8.data + skipped, translator->utf8.len - skipped);
	translator->utf8.len = 0;
	hand_over(translator, out);
}

void
drs_csvtranslator_end(CsvTranslator *translator, ByteBuf *out)
{
	if (translator->bytes.len > 0 || translator->place == PLACE_QUOTED)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("malformed CSV data: it ends within a %s",
						translator->bytes.len > 0 ? "character" : "quoted field")));
	if (translator->place != PLACE_START)
		end_field(translator);
	hand_over(translator, out);
}

/*
 * csvrecord.c
 *		Writes a row as a CSV record (docs/api.md 1.4).
 *
 * As in COPY, NULL is an empty field and the empty string is "", so that readers can
 * tell them apart.  Other fields are quoted only if a reader could misunderstand them
 * otherwise.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "encode/encode_internal.h"

static void write_fields(Encoder *encoder, ByteCursor *writer, const Datum *values,
						 const bool *isnull);
static void write_field(Encoder *encoder, ByteCursor *writer, const EncodedColumn *field,
						Datum value);
static void finish_record(const Encoder *encoder, ByteCursor *writer, uint64 row);
static void write_text(Encoder *encoder, ByteCursor *writer, const char *text, size_t len);

/*
 * Write the header line.  Names are written like values of type text: each takes at
 * most twice its bytes in UTF-8, two quotes and a comma.
 */
static void
write_header(Encoder *encoder, const char *order_column)
{
	size_t		room = 2 * NAMEDATALEN * MAX_GROWTH + 3;
	ByteCursor	writer;

	for (int i = 0; i < encoder->nfields; i++)
		room += 2 * strlen(encoder->fields[i].name) * MAX_GROWTH + 3;
	encoder->header = palloc(room);
	writer.at = encoder->header;
	writer.end = encoder->header + room;
	for (int i = 0; i < encoder->nfields; i++)
	{
		const char *name = encoder->fields[i].name;

		if (i > 0)
			*writer.at++ = ',';
		write_text(encoder, &writer, name, strlen(name));
	}
	if (order_column)
	{
		*writer.at++ = ',';
		write_text(encoder, &writer, order_column, strlen(order_column));
	}
	*writer.at++ = '\n';
	encoder->header_len = writer.at - encoder->header;
}

static size_t
write_record(Encoder *encoder, const Chunk *chunk, const Datum *values, const bool *isnull)
{
	RecordScope	scope = drs_record_begin(encoder, chunk);

	write_fields(encoder, &scope.writer, values, isnull);
	finish_record(encoder, &scope.writer, drs_record_row(chunk));
	return drs_record_end(encoder, chunk, &scope);
}

/* End a record: its row number, if the call asked for it, and the line end. */
static void
finish_record(const Encoder *encoder, ByteCursor *writer, uint64 row)
{
	if (writer->at && writer->end - writer->at < FIXED_FIELD_BYTES)
		writer->at = NULL;
	if (writer->at == NULL)
		return;
	if (encoder->order_column)
	{
		*writer->at++ = ',';
		writer->at += pg_lltoa((int64) row, writer->at);
	}
	*writer->at++ = '\n';
}

static void
write_fields(Encoder *encoder, ByteCursor *writer, const Datum *values, const bool *isnull)
{
	for (int i = 0; i < encoder->nfields; i++)
	{
		const EncodedColumn *field = &encoder->fields[i];

		/* with this much room, a comma and a field of fixed size fit without further checks */
		if (writer->end - writer->at < FIXED_FIELD_BYTES)
		{
			writer->at = NULL;
			return;
		}
		if (i > 0)
			*writer->at++ = ',';
		encoder->current = field;
		if (!isnull[field->index])
			write_field(encoder, writer, field, values[field->index]);
		else if (encoder->nfields == 1 && !encoder->order_column)
		{
			/* alone, an empty field would be an empty line, which CSV readers skip */
			*writer->at++ = '"';
			*writer->at++ = '"';
		}
		if (writer->at == NULL)
			return;
	}
}

/* Write a number that is not finite as COPY spells it.  There is room for it. */
static void
write_special_float(ByteCursor *writer, double value)
{
	const char *text = isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

	memcpy(writer->at, text, strlen(text));
	writer->at += strlen(text);
}

static void
write_field(Encoder *encoder, ByteCursor *writer, const EncodedColumn *field, Datum value)
{
	if (field->kind == FIELD_TEXT)
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

		write_text(encoder, writer, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
	else if (field->kind > FIELD_TEXT)
	{
		char	   *text = OutputFunctionCall(unconstify(FmgrInfo *, &field->output), value);

		write_text(encoder, writer, text, strlen(text));
	}
	else if (!drs_write_fixed(writer, field, value))
		write_special_float(writer, field->kind == FIELD_FLOAT4 ? DatumGetFloat4(value) :
							DatumGetFloat8(value));
}

/* Bytes with a meaning of their own in CSV, unless the field is quoted. */
static const bool needs_quotes[256] = {
	[','] = true, ['"'] = true, ['\n'] = true, ['\r'] = true
};

#define EACH_BYTE(c) (UINT64CONST(0x0101010101010101) * (c))

/* Not zero if one of the eight bytes is zero. */
static inline uint64
zero_bytes(uint64 word)
{
	return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/*
 * Bytes at the start that need no quotes, in multiples of eight, which are tested
 * together.  PostgreSQL 16 and later have port/simd.h for this.
 */
static inline size_t
harmless_words(const char *text, size_t len)
{
	size_t		at = 0;
	uint64		word;

	for (; len - at >= sizeof(word); at += sizeof(word))
	{
		memcpy(&word, text + at, sizeof(word));
		if (zero_bytes(word ^ EACH_BYTE(',')) | zero_bytes(word ^ EACH_BYTE('"')) |
			zero_bytes(word ^ EACH_BYTE('\n')) | zero_bytes(word ^ EACH_BYTE('\r')))
			break;
	}
	return at;
}

/*
 * Blanks at either end need quotes because many readers trim them, libcsv by default
 * among them; the empty string needs them to differ from NULL.
 */
static bool
text_needs_quotes(const char *text, size_t len)
{
	if (len == 0 || text[0] == ' ' || text[0] == '\t' || text[len - 1] == ' ' ||
		text[len - 1] == '\t')
		return true;
	for (size_t i = harmless_words(text, len); i < len; i++)
		if (needs_quotes[(unsigned char) text[i]])
			return true;
	return false;
}

static void
write_quoted(ByteCursor *writer, const char *text, size_t len)
{
	size_t		need = len + 2;
	char	   *at = writer->at;

	for (size_t i = 0; i < len; i++)
		need += text[i] == '"';
	if (need > (size_t) (writer->end - writer->at))
	{
		writer->at = NULL;
		return;
	}
	*at++ = '"';
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '"')
			*at++ = '"';
		*at++ = text[i];
	}
	*at++ = '"';
	writer->at = at;
}

/* Write text in the server's encoding as UTF-8.  Raises when it has no such form. */
static void
write_text(Encoder *encoder, ByteCursor *writer, const char *text, size_t len)
{
	text = drs_encoder_utf8(encoder, text, &len);
	if (text_needs_quotes(text, len))
	{
		write_quoted(writer, text, len);
		return;
	}
	if (len > (size_t) (writer->end - writer->at))
	{
		writer->at = NULL;
		return;
	}
	memcpy(writer->at, text, len);
	writer->at += len;
}

const RecordForm drs_csv_form = {write_header, write_record};

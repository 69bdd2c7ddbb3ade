/*
 * jsonrecord.c
 *		Writes a row as a JSON object, an element of an array (docs/api.md 1.4).
 *
 * A record is the object and a comma.  When a body is sent, the bracket that closes
 * the array takes the place of the last comma, so a body can be cut between any two
 * records.  Numbers and booleans are written as such.  Numbers that are not finite,
 * for which JSON has no form, are null.  All other values are strings with the text
 * that CSV would have.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "encode/encode_internal.h"

static bool write_value(Encoder *encoder, ByteCursor *writer, const EncodedColumn *field,
						Datum value);

/*
 * How a byte is written within a string: 0: as it is; 'u': as \u00XX; else this,
 * after a backslash.
 */
static const char escapes[256] = {
	['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
	['\t'] = 't', [1] = 'u', [2] = 'u', [3] = 'u', [4] = 'u', [5] = 'u', [6] = 'u', [7] = 'u',
	[11] = 'u', [14] = 'u', [15] = 'u', [16] = 'u', [17] = 'u', [18] = 'u', [19] = 'u', [20] = 'u',
	[21] = 'u', [22] = 'u', [23] = 'u', [24] = 'u', [25] = 'u', [26] = 'u', [27] = 'u', [28] = 'u',
	[29] = 'u', [30] = 'u', [31] = 'u'
};

/*
 * Write UTF-8 text as a string.  Returns the position after it, or NULL when it does
 * not fit.
 */
static char *
write_string(char *at, const char *end, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t		need = len + 2;

	for (size_t i = 0; i < len; i++)
		if (escapes[(unsigned char) text[i]])
			need += escapes[(unsigned char) text[i]] == 'u' ? 5 : 1;
	if (need > (size_t) (end - at))
		return NULL;
	*at++ = '"';
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (escapes[c] == 'u')
		{
			memcpy(at, "\\u00", 4);
			at[4] = hex[c >> 4];
			at[5] = hex[c & 15];
			at += 6;
			continue;
		}
		if (escapes[c])
			*at++ = '\\';
		*at++ = escapes[c] ? escapes[c] : text[i];
	}
	*at++ = '"';
	return at;
}

/*
 * All that comes before a value: opening, the name as a string, and a colon;
 * palloc'd.  Escapes make at most six bytes of one.
 */
static char *
make_key(const Encoder *encoder, const char *opening, const char *name, size_t *len)
{
	size_t		name_len = strlen(name);
	const char *utf8 = drs_encoder_utf8(encoder, name, &name_len);
	size_t		room = strlen(opening) + 6 * name_len + 3;
	char	   *key = palloc(room);
	char	   *at = key + strlen(opening);

	memcpy(key, opening, strlen(opening));
	at = write_string(at, key + room, utf8, name_len);
	*at++ = ':';
	*len = at - key;
	return key;
}

static void
prepare(Encoder *encoder, const char *order_column)
{
	for (int i = 0; i < encoder->nfields; i++)
	{
		EncodedColumn	   *field = &encoder->fields[i];

		field->key = make_key(encoder, i == 0 ? "{" : ",", field->name, &field->key_len);
	}
	if (order_column)
		encoder->order_key = make_key(encoder, ",", order_column, &encoder->order_key_len);
	encoder->header = pstrdup("[");
	encoder->header_len = 1;
}

/* End a record: its row number, if the call asked for it, the brace and a comma. */
static void
finish_record(const Encoder *encoder, ByteCursor *writer, uint64 row)
{
	if (writer->at &&
		(size_t) (writer->end - writer->at) < encoder->order_key_len + FIXED_FIELD_BYTES)
		writer->at = NULL;
	if (writer->at == NULL)
		return;
	if (encoder->order_column)
	{
		memcpy(writer->at, encoder->order_key, encoder->order_key_len);
		writer->at += encoder->order_key_len;
		writer->at += pg_lltoa((int64) row, writer->at);
	}
	*writer->at++ = '}';
	*writer->at++ = ',';
}

static void
write_members(Encoder *encoder, ByteCursor *writer, const Datum *values, const bool *isnull)
{
	for (int i = 0; i < encoder->nfields; i++)
	{
		const EncodedColumn *field = &encoder->fields[i];

		/*
		 * with this much room, the key and any value of fixed size fit without
		 * further checks
		 */
		if ((size_t) (writer->end - writer->at) < field->key_len + FIXED_FIELD_BYTES)
		{
			writer->at = NULL;
			return;
		}
		memcpy(writer->at, field->key, field->key_len);
		writer->at += field->key_len;
		encoder->current = field;
		if (isnull[field->index] || !write_value(encoder, writer, field, values[field->index]))
		{
			memcpy(writer->at, "null", 4);
			writer->at += 4;
		}
		if (writer->at == NULL)
			return;
	}
}

static size_t
write_record(Encoder *encoder, const Chunk *chunk, const Datum *values, const bool *isnull)
{
	RecordScope	scope = drs_record_begin(encoder, chunk);

	write_members(encoder, &scope.writer, values, isnull);
	finish_record(encoder, &scope.writer, drs_record_row(chunk));
	return drs_record_end(encoder, chunk, &scope);
}

static void
write_text(const Encoder *encoder, ByteCursor *writer, const char *text, size_t len)
{
	const char *utf8 = drs_encoder_utf8(encoder, text, &len);

	writer->at = write_string(writer->at, writer->end, utf8, len);
}

/* Returns false, with nothing written, for a number that JSON has no form for. */
static bool
write_number(ByteCursor *writer, const char *text)
{
	size_t		len = strlen(text);

	if (!IsValidJsonNumber(text, (int) len))
		return false;
	if (len > (size_t) (writer->end - writer->at))
		writer->at = NULL;
	else
	{
		memcpy(writer->at, text, len);
		writer->at += len;
	}
	return true;
}

static bool
write_output(const Encoder *encoder, ByteCursor *writer, const EncodedColumn *field, Datum value)
{
	char	   *text = OutputFunctionCall(unconstify(FmgrInfo *, &field->output), value);

	if (field->kind == FIELD_NUMBER)
		return write_number(writer, text);
	write_text(encoder, writer, text, strlen(text));
	return true;
}

/*
 * Write a value that is not NULL.  Returns false, with nothing written, if JSON has
 * no form for it.
 */
static bool
write_value(Encoder *encoder, ByteCursor *writer, const EncodedColumn *field, Datum value)
{
	struct varlena *text;

	switch (field->kind)
	{
		case FIELD_TEXT:
			text = PG_DETOAST_DATUM_PACKED(value);
			write_text(encoder, writer, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
			return true;
		case FIELD_NUMBER:
		case FIELD_OUTPUT:
		case FIELD_SETTINGS:
			return write_output(encoder, writer, field, value);
		case FIELD_DATETIME:
			*writer->at++ = '"';
			(void) drs_write_fixed(writer, field, value);
			*writer->at++ = '"';
			return true;
		default:
			return drs_write_fixed(writer, field, value);
	}
}

const RecordForm drs_json_form = {prepare, write_record};

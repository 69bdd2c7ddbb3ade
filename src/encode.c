/*
 * encode.c
 *		Writes rows as CSV records, the same bytes whatever the session's settings.
 *
 * The common types are written straight into the chunk by the core's
 * exported functions; every other type goes through its output function,
 * where settings could change its text under a nested level of fixed
 * settings.  The rules are COPY's: NULL is an empty field and the empty
 * string is "", so that the two stay apart; fields are quoted only where a
 * reader could misunderstand them.  PostgreSQL licence.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "encode.h"
#include "fixedsettings.h"

/* No encoding of ours makes more of a byte than this when it becomes UTF-8. */
#define MAX_GROWTH 4

/* How a column is written. */
typedef enum FieldKind
{
	FIELD_BOOL,
	FIELD_INT2,
	FIELD_INT4,
	FIELD_INT8,
	FIELD_FLOAT4,
	FIELD_FLOAT8,
	FIELD_DATETIME,
	FIELD_TEXT,					/* a varlena that is its own text */
	FIELD_NUMBER,				/* output function; the text never needs quotes or conversion */
	FIELD_OUTPUT,				/* output function; the text depends on nothing */
	FIELD_SETTINGS				/* output function; the text depends on settings of the session */
} FieldKind;

typedef struct Field
{
	int			index;			/* into the row */
	Oid			type;			/* base type, domains looked through */
	FieldKind	kind;
	FmgrInfo	output;			/* the last three kinds */
} Field;

struct Encoder
{
	int			nfields;
	Field	   *fields;
	TupleDesc	desc;			/* not owned */
	const Field *current;		/* being written, for error messages */
	bool		order_column;	/* does each record end with its row number? */
	bool		convert;		/* is the server's encoding another than UTF-8? */
	bool		has_settings;	/* is any field FIELD_SETTINGS? */
	bool		has_money;		/* its text depends on lc_monetary, which is slow to change */
	char	   *header;
	size_t		header_len;
	MemoryContext row_cxt;		/* reset after every record */
};

/* A cursor into a bounded buffer; at == NULL once something did not fit. */
typedef struct Writer
{
	char	   *at;
	char	   *end;
} Writer;

/* The longest text of the fixed-size kinds, a timestamp, with a comma before and a line end behind it. */
#define FIXED_FIELD_BYTES (MAXDATELEN + 3)
StaticAssertDecl(FIXED_FIELD_BYTES <= DRS_CHUNK_SLACK, "a fixed-size field must fit the slack of a chunk");

static FieldKind field_kind(Oid type);
static void write_header(Encoder *encoder, const char *order_column);
static void write_fields(Encoder *encoder, Writer *writer, const Datum *values, const bool *isnull);
static void write_field(Encoder *encoder, Writer *writer, const Field *field, Datum value);
static void finish_record(const Encoder *encoder, Writer *writer, uint64 row);
static void write_text(Encoder *encoder, Writer *writer, const char *text, size_t len);

Encoder *
drs_encoder_create(const Columns *columns, const char *order_column)
{
	Encoder    *encoder = palloc0(sizeof(Encoder));

	encoder->desc = columns->desc;
	encoder->nfields = columns->nsent;
	encoder->fields = palloc0(sizeof(Field) * columns->nsent);
	encoder->order_column = order_column != NULL;
	encoder->convert = GetDatabaseEncoding() != PG_UTF8;
	encoder->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring record",
											 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < columns->nsent; i++)
	{
		Field	   *field = &encoder->fields[i];

		field->index = columns->sent[i];
		field->type = getBaseType(TupleDescAttr(columns->desc, field->index)->atttypid);
		field->kind = field_kind(field->type);
		if (field->kind >= FIELD_NUMBER)
		{
			Oid			output;
			bool		is_varlena;

			getTypeOutputInfo(field->type, &output, &is_varlena);
			fmgr_info(output, &field->output);
		}
		encoder->has_settings |= field->kind == FIELD_SETTINGS;
		encoder->has_money |= field->type == CASHOID;
	}
	write_header(encoder, order_column);
	return encoder;
}

const char *
drs_encoder_header(const Encoder *encoder, size_t *len)
{
	*len = encoder->header_len;
	return encoder->header;
}

const char *
drs_encoder_column(const Encoder *encoder)
{
	if (encoder->current == NULL)
		return NULL;
	return NameStr(TupleDescAttr(encoder->desc, encoder->current->index)->attname);
}

size_t
drs_encode_record(Encoder *encoder, const Chunk *chunk, const Datum *values, const bool *isnull)
{
	Writer		writer = {chunk->body + chunk->len, chunk->body + chunk->max_len + DRS_CHUNK_SLACK};
	MemoryContext old = MemoryContextSwitchTo(encoder->row_cxt);
	int			nestlevel = encoder->has_settings ? drs_fixed_settings_begin(encoder->has_money) : 0;

	write_fields(encoder, &writer, values, isnull);
	finish_record(encoder, &writer, chunk->first_row + chunk->nrows);

	if (encoder->has_settings)
		drs_fixed_settings_end(nestlevel);
	encoder->current = NULL;
	MemoryContextSwitchTo(old);
	MemoryContextReset(encoder->row_cxt);
	if (writer.at == NULL || writer.at > chunk->body + chunk->max_len)
		return 0;
	return writer.at - chunk->body;
}

/* The row number, where asked for, and the line end. */
static void
finish_record(const Encoder *encoder, Writer *writer, uint64 row)
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

static FieldKind
field_kind(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return FIELD_BOOL;
		case INT2OID:
			return FIELD_INT2;
		case INT4OID:
			return FIELD_INT4;
		case INT8OID:
			return FIELD_INT8;
		case FLOAT4OID:
			return FIELD_FLOAT4;
		case FLOAT8OID:
			return FIELD_FLOAT8;
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return FIELD_DATETIME;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
			return FIELD_TEXT;
		case NUMERICOID:
		case OIDOID:
		case UUIDOID:
			return FIELD_NUMBER;
		case NAMEOID:
		case CHAROID:
		case JSONBOID:
			return FIELD_OUTPUT;
		default:
			return type_is_enum(type) ? FIELD_OUTPUT : FIELD_SETTINGS;
	}
}

/* The header line: names are written as texts are.  A name takes at most twice its bytes, quotes and a comma. */
static void
write_header(Encoder *encoder, const char *order_column)
{
	size_t		room = (encoder->nfields + 1) * (size_t) (2 * NAMEDATALEN * MAX_GROWTH + 3);
	Writer		writer;

	encoder->header = palloc(room);
	writer.at = encoder->header;
	writer.end = encoder->header + room;
	for (int i = 0; i < encoder->nfields; i++)
	{
		const char *name = NameStr(TupleDescAttr(encoder->desc, encoder->fields[i].index)->attname);

		if (order_column && strcmp(name, order_column) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("no feature may be named \"%s\" while the option \"verify_order\" is on", name)));
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

static void
write_fields(Encoder *encoder, Writer *writer, const Datum *values, const bool *isnull)
{
	for (int i = 0; i < encoder->nfields; i++)
	{
		const Field *field = &encoder->fields[i];

		/* every fixed-size field, and a comma before any field, fits without further checks */
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

/* COPY's spelling of what is not finite. */
static int
write_special_float(double value, char *at)
{
	const char *text = isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

	memcpy(at, text, strlen(text));
	return strlen(text);
}

static void
write_field(Encoder *encoder, Writer *writer, const Field *field, Datum value)
{
	static const int utc = 0;
	struct varlena *text;
	char	   *cstring;

	switch (field->kind)
	{
		case FIELD_BOOL:
			strlcpy(writer->at, DatumGetBool(value) ? "true" : "false", 6);
			writer->at += DatumGetBool(value) ? 4 : 5;
			break;
		case FIELD_INT2:
			writer->at += pg_ltoa(DatumGetInt16(value), writer->at);
			break;
		case FIELD_INT4:
			writer->at += pg_ltoa(DatumGetInt32(value), writer->at);
			break;
		case FIELD_INT8:
			writer->at += pg_lltoa(DatumGetInt64(value), writer->at);
			break;
		case FIELD_FLOAT4:
			writer->at += isfinite(DatumGetFloat4(value)) ?
				float_to_shortest_decimal_bufn(DatumGetFloat4(value), writer->at) :
				write_special_float(DatumGetFloat4(value), writer->at);
			break;
		case FIELD_FLOAT8:
			writer->at += isfinite(DatumGetFloat8(value)) ?
				double_to_shortest_decimal_bufn(DatumGetFloat8(value), writer->at) :
				write_special_float(DatumGetFloat8(value), writer->at);
			break;
		case FIELD_DATETIME:
			JsonEncodeDateTime(writer->at, value, field->type, field->type == TIMESTAMPTZOID ? &utc : NULL);
			writer->at += strlen(writer->at);
			break;
		case FIELD_TEXT:
			text = PG_DETOAST_DATUM_PACKED(value);
			write_text(encoder, writer, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
			break;
		case FIELD_NUMBER:
		case FIELD_OUTPUT:
		case FIELD_SETTINGS:
			cstring = OutputFunctionCall(unconstify(FmgrInfo *, &field->output), value);
			write_text(encoder, writer, cstring, strlen(cstring));
			break;
	}
}

/* Bytes that make a reader see something else than text, unless they stand in quotes. */
static const bool needs_quotes[256] = {
	[','] = true, ['"'] = true, ['\n'] = true, ['\r'] = true
};

/*
 * Blanks at either end are quoted because many readers trim them, libcsv by
 * default among them; the empty string is, to tell it from NULL.
 */
static bool
text_needs_quotes(const char *text, size_t len)
{
	if (len == 0 || text[0] == ' ' || text[0] == '\t' || text[len - 1] == ' ' || text[len - 1] == '\t')
		return true;
	for (size_t i = 0; i < len; i++)
		if (needs_quotes[(unsigned char) text[i]])
			return true;
	return false;
}

static void
write_quoted(Writer *writer, const char *text, size_t len)
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

/* Write text of the server's encoding as UTF-8. */
static void
write_text(Encoder *encoder, Writer *writer, const char *text, size_t len)
{
	if (encoder->convert)
	{
		const char *converted = pg_server_to_any(text, len, PG_UTF8);

		if (converted != text)
			len = strlen(converted);
		else					/* SQL_ASCII promises nothing about its bytes */
			(void) pg_verify_mbstr(PG_UTF8, text, len, false);
		text = converted;
	}
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

/*
 * encode.c
 *		Chooses how each column is written: the same bytes whatever the session's
 *		settings.
 *
 * csvrecord.c and jsonrecord.c do the writing.  The common types are written straight
 * into the chunk by functions that PostgreSQL exports.  Every other type goes through
 * its output function, within a nested level of fixed settings if settings could
 * change its text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "encode/encode.h"
#include "encode/encode_internal.h"

static FieldKind field_kind(Oid type);
static void set_field(Encoder *encoder, EncodedColumn *field, int index);

Encoder *
drs_encoder_create(const Columns *columns, bool json, const char *order_column)
{
	Encoder    *encoder = palloc0(sizeof(Encoder));

	encoder->form = json ? &drs_json_form : &drs_csv_form;
	encoder->desc = columns->desc;
	encoder->nfields = columns->nsent;
	encoder->fields = palloc0(sizeof(EncodedColumn) * columns->nsent);
	encoder->order_column = order_column != NULL;
	encoder->convert = GetDatabaseEncoding() != PG_UTF8;
	encoder->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring record",
											 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < columns->nsent; i++)
	{
		set_field(encoder, &encoder->fields[i], columns->sent[i]);
		encoder->fields[i].name = columns->names[i];
		if (order_column && strcmp(encoder->fields[i].name, order_column) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("no feature may be named \"%s\" while the option \"verify_order\" is"
							" on", order_column)));
	}
	encoder->form->prepare(encoder, order_column);
	return encoder;
}

static void
set_field(Encoder *encoder, EncodedColumn *field, int index)
{
	field->index = index;
	field->type = getBaseType(TupleDescAttr(encoder->desc, index)->atttypid);
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

const char *
drs_encoder_header(const Encoder *encoder, size_t *len)
{
	*len = encoder->header_len;
	return encoder->header;
}

const char *
drs_encoder_column(const Encoder *encoder)
{
	return encoder->current ? encoder->current->name : NULL;
}

size_t
drs_encode_record(Encoder *encoder, const Chunk *chunk, const Datum *values, const bool *isnull)
{
	return encoder->form->write(encoder, chunk, values, isnull);
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
			return FIELD_NUMBER;
		case UUIDOID:
		case NAMEOID:
		case CHAROID:
		case JSONBOID:
			return FIELD_OUTPUT;
		default:
			return type_is_enum(type) ? FIELD_OUTPUT : FIELD_SETTINGS;
	}
}

const char *
drs_convert_to_utf8(const char *text, size_t *len)
{
	const char *converted = pg_server_to_any(text, *len, PG_UTF8);

	if (converted != text)
		*len = strlen(converted);
	else						/* in SQL_ASCII, text may be any bytes */
		(void) pg_verify_mbstr(PG_UTF8, text, *len, false);
	return converted;
}

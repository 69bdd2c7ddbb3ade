/*
 * sentfeatures.c
 *		Turns a record that was sent back into the features of its row.
 *
 * The row itself is gone by then, and its record shows exactly what was sent to the
 * server.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "decode/csvreader.h"
#include "into/sentfeatures.h"

/* Is the text, written from a value of this type, a JSON number? */
static bool
is_bare(Oid type, const ReplyField *field)
{
	switch (getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return IsValidJsonNumber(field->text, (int) field->len);	/* not NaN, not infinite */
		default:
			return false;
	}
}

static void
append_feature(StringInfo json, const char *name, Form_pg_attribute attribute,
			   const ReplyField *field)
{
	if (json->len > 1)
		appendStringInfoString(json, ", ");
	escape_json(json, name);
	appendStringInfoString(json, ": ");
	if (field->text == NULL)
		appendStringInfoString(json, "null");
	else if (getBaseType(attribute->atttypid) == BOOLOID)
		appendStringInfoString(json,
							   field->text[0] == 't' || field->text[0] == 'T' ? "true" : "false");
	else if (is_bare(attribute->atttypid, field))
		appendStringInfoString(json, field->text);
	else
		escape_json(json, field->text);
}

static char *
record_features(const Columns *columns, const char *record, size_t len)
{
	char	   *text = pg_any_to_server(record, (int) len, PG_UTF8);
	CsvReader  *reader = drs_csv_open(columns->nsent + 1);
	CsvRecord	fields;
	StringInfoData json;

	if (reader == NULL)
		return NULL;
	drs_csv_feed(reader, text, text == record ? len : strlen(text), true);
	/* with verify_order, a record has its row's number after the features */
	if (drs_csv_next(reader, &fields) != CSV_RECORD || fields.nfields < columns->nsent)
	{
		drs_csv_close(reader);
		return NULL;
	}
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < columns->nsent; i++)
		append_feature(&json, columns->names[i], TupleDescAttr(columns->desc, columns->sent[i]),
					   &fields.fields[i]);
	appendStringInfoChar(&json, '}');
	drs_csv_close(reader);
	return json.data;
}

/* The object that was sent, without the number that verify_order puts after the features. */
static char *
object_features(const Options *options, const char *record, size_t len)
{
	char	   *text;

	if (options->call.verify_order)
		while (len > 1 && record[len - 1] != ',')
			len--;
	text = pnstrdup(record, len);
	text[len - 1] = '}';
	return pg_any_to_server(text, (int) len, PG_UTF8);
}

char *
drs_sent_features(const Columns *columns, const Options *options, const char *record, size_t len)
{
	if (options->transfer.request_format == FORMAT_JSON)
		return len > 0 ? object_features(options, record, len) : NULL;
	return record_features(columns, record, len);
}

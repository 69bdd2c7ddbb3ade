/*
 * outcomejson.c
 *		Writes a row of outcomes as a JSON object (docs/api.md 4.4).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "api/outcomejson.h"
#include "base/compat.h"
#include "base/datetimetext.h"

#define MAX_ID_LENGTH 128		/* characters of an association id (docs/api.md 4.4) */

static const char *const names[ACTUALS_FIELDS][2] = {
	{"association_id", "associationId"},
	{"actual_value", "actualValue"},
	{"timestamp", "timestamp"},
	{"was_acted_on", "wasActedOn"},
};

static int
find_field(const char *column)
{
	for (int i = 0; i < ACTUALS_FIELDS; i++)
		if (strcmp(column, names[i][0]) == 0 || strcmp(column, names[i][1]) == 0)
			return i;
	return -1;
}

static void
check_type(ActualsField field, Oid type)
{
	char		category;
	bool		preferred;
	bool		fits = true;

	get_type_category_preferred(type, &category, &preferred);
	if (field == ACTUALS_ACTED_ON)
		fits = type == BOOLOID;
	else if (field == ACTUALS_TIMESTAMP)
		fits = type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID ||
			category == TYPCATEGORY_STRING;
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" must be %s", names[field][0],
						field == ACTUALS_ACTED_ON ? "boolean" : "a timestamp, a date or text"),
				 errdetail("It is of type %s.", format_type_be(type))));
}

static void
take_column(ActualsColumns *columns, TupleDesc desc, int i)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, i);
	int			field = find_field(NameStr(attribute->attname));

	if (field < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("outcomes have no column \"%s\"", NameStr(attribute->attname)),
				 errhint("The columns are association_id, actual_value, timestamp and"
						 " was_acted_on.")));
	if (columns->index[field] >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("the query has two columns \"%s\"", names[field][0])));
	columns->index[field] = i;
	columns->type[field] = getBaseType(attribute->atttypid);
	check_type(field, columns->type[field]);
}

ActualsColumns
drs_outcome_columns(TupleDesc desc)
{
	ActualsColumns columns;

	for (int i = 0; i < ACTUALS_FIELDS; i++)
		columns.index[i] = -1;
	for (int i = 0; i < desc->natts; i++)
		take_column(&columns, desc, i);
	for (int i = ACTUALS_ID; i <= ACTUALS_VALUE; i++)
		if (columns.index[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the query has no column \"%s\"", names[i][0]),
					 errhint("Name it with AS: SELECT id AS association_id, outcome AS"
							 " actual_value FROM ...")));
	return columns;
}

static char *
output_text(Oid type, Datum value)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

pg_noreturn static void
refuse(ActualsField field, uint64 row, int sqlerrcode, const char *why)
{
	ereport(ERROR,
			(errcode(sqlerrcode),
			 errmsg("row " UINT64_FORMAT ": %s not valid for \"%s\"", row, why, names[field][0])));
}

/* A number as JSON, whatever the session's settings, palloc'd; NULL for other types. */
static char *
number_text(Oid type, Datum value, uint64 row)
{
	char	   *text = palloc(Max(DOUBLE_SHORTEST_DECIMAL_LEN, FLOAT_SHORTEST_DECIMAL_LEN));

	switch (type)
	{
		case FLOAT8OID:
			double_to_shortest_decimal_buf(DatumGetFloat8(value), text);
			break;
		case FLOAT4OID:
			float_to_shortest_decimal_buf(DatumGetFloat4(value), text);
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			text = output_text(type, value);
			break;
		default:
			return NULL;
	}
	if (strspn(text, "+-.0123456789eE") != strlen(text))
		refuse(ACTUALS_VALUE, row, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
			   "NaN and infinity are");
	return text;
}

static void
append_id(StringInfo json, Oid type, Datum value, uint64 row)
{
	char	   *text = output_text(type, value);

	if (text[0] == '\0' || pg_mbstrlen(text) > MAX_ID_LENGTH)
		refuse(ACTUALS_ID, row, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
			   "empty text and more than 128 characters are");
	escape_json(json, text);
}

static void
append_value(StringInfo json, Oid type, Datum value, uint64 row)
{
	char	   *number = number_text(type, value, row);

	if (number)
		appendStringInfoString(json, number);
	else if (type == BOOLOID)
		appendStringInfoString(json, DatumGetBool(value) ? "\"true\"" : "\"false\"");
	else
		escape_json(json, output_text(type, value));
}

/*
 * Append a time in UTC; dates and timestamps without a zone are in the
 * session's time zone, as usual.
 */
static void
append_timestamp(StringInfo json, Oid type, Datum value, uint64 row)
{
	char		text[MAXDATELEN + 1];

	if (type == DATEOID)
		value = DirectFunctionCall1(date_timestamptz, value);
	else if (type == TIMESTAMPOID)
		value = DirectFunctionCall1(timestamp_timestamptz, value);
	else if (type != TIMESTAMPTZOID)
	{
		escape_json(json, output_text(type, value));
		return;
	}
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		refuse(ACTUALS_TIMESTAMP, row, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
			   "infinity is");
	escape_json(json, drs_write_datetime(text, TIMESTAMPTZOID, value));
}

static void
append_field(StringInfo json, ActualsField field, Oid type, Datum value, uint64 row)
{
	appendStringInfo(json, "%s\"%s\":", field == ACTUALS_ID ? "{" : ",", names[field][1]);
	switch (field)
	{
		case ACTUALS_ID:
			append_id(json, type, value, row);
			break;
		case ACTUALS_VALUE:
			append_value(json, type, value, row);
			break;
		case ACTUALS_TIMESTAMP:
			append_timestamp(json, type, value, row);
			break;
		case ACTUALS_ACTED_ON:
			appendStringInfoString(json, DatumGetBool(value) ? "true" : "false");
			break;
	}
}

bool
drs_outcome_append(StringInfo json, const ActualsColumns *columns, const Datum *values,
				   const bool *isnull, uint64 row)
{
	if (isnull[columns->index[ACTUALS_VALUE]])
		return false;
	if (isnull[columns->index[ACTUALS_ID]])
		refuse(ACTUALS_ID, row, ERRCODE_NULL_VALUE_NOT_ALLOWED, "NULL is");
	for (int field = 0; field < ACTUALS_FIELDS; field++)
	{
		int			i = columns->index[field];

		if (i >= 0 && !isnull[i])
			append_field(json, field, columns->type[field], values[i], row);
	}
	appendStringInfoChar(json, '}');
	return true;
}

char *
drs_outcome_doubtful(const ActualsColumns *columns, const Datum *values, const bool *isnull,
					 bool labels)
{
	int			i = columns->index[ACTUALS_VALUE];
	Oid			type = columns->type[ACTUALS_VALUE];
	char		category;
	bool		preferred;
	char	   *text;
	char	   *end;

	if (isnull[i])
		return NULL;
	if (type == BOOLOID)
		return pstrdup(DatumGetBool(values[i]) ? "true" : "false");
	get_type_category_preferred(type, &category, &preferred);
	if (category != TYPCATEGORY_STRING && category != TYPCATEGORY_ENUM)
		return NULL;
	text = output_text(type, values[i]);
	if (labels)
		return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? text : NULL;
	(void) strtod(text, &end);
	return end == text || *end != '\0' ? text : NULL;
}

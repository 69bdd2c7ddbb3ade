/*
 * jsonbtext.c
 *		Builds JSON as text.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"

void
drs_jsonbtext_append(StringInfo json, const JsonbValue *value)
{
	if (value->type == jbvBinary)
		(void) JsonbToCString(json, value->val.binary.data, value->val.binary.len);
	else if (value->type == jbvNull)
		appendStringInfoString(json, "null");
	else if (value->type == jbvString)
		escape_json(json, drs_jsonb_text(value));
	else
		appendStringInfoString(json, drs_jsonb_text(value));
}

void
drs_jsonbtext_name(StringInfo json, const char *name)
{
	if (json->len > 0 && json->data[json->len - 1] != '{' && json->data[json->len - 1] != '[')
		appendStringInfoString(json, ", ");
	if (name == NULL)
		return;
	escape_json(json, name);
	appendStringInfoString(json, ": ");
}

void
drs_jsonbtext_text(StringInfo json, const char *name, const char *text)
{
	drs_jsonbtext_name(json, name);
	escape_json(json, text);
}

void
drs_jsonbtext_strings(StringInfo json, List *strings)
{
	ListCell   *lc;

	appendStringInfoChar(json, '[');
	foreach(lc, strings)
		drs_jsonbtext_text(json, NULL, lfirst(lc));
	appendStringInfoChar(json, ']');
}

Jsonb *
drs_jsonbtext_parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

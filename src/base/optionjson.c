/*
 * optionjson.c
 *		Options that DDL sets, as the JSON object in which a call would pass
 *		them.
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "base/optionjson.h"

#define COLUMNS_WANTED "It must be a list of column names, as in 'id, \"Plan\"', or a JSON array."

/* An error in the JSON of an option is an error in that option. */
static void
name_option(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
		return;
	errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
	errmsg("invalid JSON for option \"%s\"", (const char *) arg);
}

static Jsonb *
parse_json(const OptionDef *def, const char *text)
{
	ErrorContextCallback context = {error_context_stack, name_option,
									unconstify(char *, def->name)};
	Jsonb	   *json;

	error_context_stack = &context;
	json = drs_jsonbtext_parse(text);
	error_context_stack = context.previous;
	return json;
}

static bool
is_array_of_strings(Jsonb *json)
{
	JsonbCursor cursor;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		return false;
	cursor = drs_jsonb_open(&json->root);
	while (drs_jsonb_next(&cursor))
		if (cursor.value.type != jbvString)
			return false;
	return true;
}

/* Is it a JSON array?  Anything else is meant as SQL names. */
static bool
begins_array(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '[';
}

static void
append_names(const OptionTable *table, StringInfo json, const OptionDef *def, const char *text,
			 int home)
{
	bool		are_columns = (def->flags & OPTION_IS_PARAMETER) == 0;
	List	   *names;

	if (are_columns && !begins_array(text))
	{
		if (!SplitIdentifierString(pstrdup(text), ',', &names))
			drs_optiontable_refuse(table, def, text, home, COLUMNS_WANTED, NULL);
		drs_jsonbtext_strings(json, names);
		return;
	}
	if (!begins_array(text) || !is_array_of_strings(parse_json(def, text)))
		drs_optiontable_refuse(table, def, text, home,
							   are_columns ? COLUMNS_WANTED :
							   "It must be a JSON array of strings.", NULL);
	appendStringInfoString(json, text);
}

static void
append_object(const OptionTable *table, StringInfo json, const OptionDef *def, const char *text,
			  int home)
{
	if (!JB_ROOT_IS_OBJECT(parse_json(def, text)))
		drs_optiontable_refuse(table, def, text, home, "It must be a JSON object.", NULL);
	appendStringInfoString(json, text);
}

void
drs_optionjson_append(const OptionTable *table, StringInfo json, const OptionDef *def,
					  const char *text, int home)
{
	if (def->type == OPTION_NAMES || def->type == OPTION_NEW_NAMES || def->type == OPTION_OBJECT)
		drs_jsonbtext_name(json, def->name);
	if (def->type == OPTION_NAMES)
		append_names(table, json, def, text, home);
	else if (def->type == OPTION_NEW_NAMES || def->type == OPTION_OBJECT)
		append_object(table, json, def, text, home);
	else
		drs_jsonbtext_text(json, def->name, text);
}

/*
 * renaming.c
 *		Reads and applies column_names_remapping and feature_names.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "base/renaming.h"

pg_noreturn static void
refuse_form(const char *option)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must say which column gets which name", option),
			 errhint("For example {\"prediction\": \"churn\", \"threshold\": null}; null drops the"
					 " column.")));
}

/* A new name, palloc'd: a string, or null or false, which give NULL. */
static char *
new_name(const JsonbValue *value, const char *option)
{
	if (value->type == jbvNull || (value->type == jbvBool && !value->val.boolean))
		return NULL;
	if (value->type != jbvString || value->val.string.len == 0)
		refuse_form(option);
	return drs_jsonb_text(value);
}

static List *
add_renaming(List *renamings, char *from, char *to, const char *option)
{
	Renaming   *renaming = palloc(sizeof(Renaming));
	ListCell   *lc;

	foreach(lc, renamings)
		if (strcmp(((Renaming *) lfirst(lc))->from, from) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" renames column \"%s\" twice", option, from)));
	renaming->from = from;
	renaming->to = to;
	return lappend(renamings, renaming);
}

/* An element of the array form: {"inputName": ..., "outputName": ...}. */
static List *
read_element(List *renamings, JsonbContainer *object, const char *option)
{
	JsonbCursor cursor = drs_jsonb_open(object);
	char	   *from = NULL;
	char	   *to = NULL;

	while (drs_jsonb_next(&cursor))
	{
		if (strcmp(cursor.name, "inputName") == 0 && cursor.value.type == jbvString)
			from = drs_jsonb_text(&cursor.value);
		else if (strcmp(cursor.name, "outputName") == 0)
			to = new_name(&cursor.value, option);
		else
			refuse_form(option);
	}
	if (from == NULL)
		refuse_form(option);
	return add_renaming(renamings, from, to, option);
}

List *
drs_renamings_read(const JsonbValue *value, const char *option)
{
	List	   *renamings = NIL;
	JsonbCursor cursor;

	if (value->type != jbvBinary)
		refuse_form(option);
	cursor = drs_jsonb_open(value->val.binary.data);
	while (drs_jsonb_next(&cursor))
	{
		const JsonbValue *element = &cursor.value;

		if (cursor.name)
			renamings = add_renaming(renamings, cursor.name, new_name(element, option), option);
		else if (element->type == jbvBinary && JsonContainerIsObject(element->val.binary.data))
			renamings = read_element(renamings, element->val.binary.data, option);
		else
			refuse_form(option);
	}
	return renamings;
}

List *
drs_new_names_read(const JsonbValue *value, const char *option)
{
	bool		fits = value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
	List	   *renamings = fits ? drs_renamings_read(value, option) : NIL;
	ListCell   *lc;

	foreach(lc, renamings)
		fits &= ((const Renaming *) lfirst(lc))->to != NULL;
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a JSON object of columns and their new names",
						option),
				 errhint("For example: {\"age\": \"AGE\"}.")));
	return renamings;
}

const char *
drs_renaming_apply(List *renamings, const char *name)
{
	ListCell   *lc;

	foreach(lc, renamings)
	{
		const Renaming *renaming = lfirst(lc);

		if (strcmp(renaming->from, name) == 0)
			return renaming->to;
	}
	return name;
}

const char *
drs_renaming_origin(List *renamings, const char *name)
{
	ListCell   *lc;

	foreach(lc, renamings)
	{
		const Renaming *renaming = lfirst(lc);

		if (renaming->to && strcmp(renaming->to, name) == 0)
			return renaming->from;
	}
	return name;
}

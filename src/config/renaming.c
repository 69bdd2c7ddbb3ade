/*
 * renaming.c
 *		Reads and applies column_names_remapping.
 */
#include "postgres.h"

#include "base/compat.h"
#include "config/renaming.h"

pg_noreturn static void
refuse_form(const char *option)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must say which column gets which name", option),
			 errhint("For example {\"prediction\": \"churn\", \"threshold\": null}; null drops the column.")));
}

static char *
string_of(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* A new name: a string, or null or false for none. */
static char *
new_name(const JsonbValue *value, const char *option)
{
	if (value->type == jbvNull || (value->type == jbvBool && !value->val.boolean))
		return NULL;
	if (value->type != jbvString || value->val.string.len == 0)
		refuse_form(option);
	return string_of(value);
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
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	key;
	JsonbValue	value;
	char	   *from = NULL;
	char	   *to = NULL;

	(void) JsonbIteratorNext(&it, &key, true);
	while (JsonbIteratorNext(&it, &key, true) == WJB_KEY)
	{
		char	   *name = string_of(&key);

		(void) JsonbIteratorNext(&it, &value, true);
		if (strcmp(name, "inputName") == 0 && value.type == jbvString)
			from = string_of(&value);
		else if (strcmp(name, "outputName") == 0)
			to = new_name(&value, option);
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
	JsonbIterator *it;
	JsonbValue	element;
	JsonbIteratorToken token;

	if (value->type != jbvBinary)
		refuse_form(option);
	it = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&it, &element, true);
	while ((token = JsonbIteratorNext(&it, &element, true)) == WJB_KEY || token == WJB_ELEM)
	{
		if (token == WJB_KEY)
		{
			char	   *from = string_of(&element);

			(void) JsonbIteratorNext(&it, &element, true);
			renamings = add_renaming(renamings, from, new_name(&element, option), option);
		}
		else if (element.type == jbvBinary && JsonContainerIsObject(element.val.binary.data))
			renamings = read_element(renamings, element.val.binary.data, option);
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
				 errmsg("option \"%s\" must be a JSON object of columns and their new names", option),
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

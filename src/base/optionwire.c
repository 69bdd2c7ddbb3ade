/*
 * optionwire.c
 *		Checks JSON objects that are sent, and spells them as DataRobot does.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "base/optionwire.h"
#include "base/renaming.h"

/* An object that is being written. */
typedef struct WireObject
{
	StringInfo	json;
	const OptionGroup *group;
	const OptionTable *table;
	int			home;
	bool		strict;
	List	   *seen;			/* of OptionDef * */
} WireObject;

pg_noreturn static void
refuse_form(const char *name, const char *form)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s", name, form)));
}

static bool
is_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/* A word that no choice is: a warning, if that is allowed. */
static bool
passes_unknown(const WireObject *object, const OptionDef *def, const char *text)
{
	if (object->strict || def->type != OPTION_CHOICE ||
		drs_option_find_choice(def->choices, text) != NULL)
		return false;
	ereport(WARNING,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown value for option \"%s\": \"%s\"",
					drs_optiontable_shown(object->table, def), text)));
	return true;
}

/* Is it a number or truth value on the wire? */
static bool
is_bare(const OptionDef *def, const char *text)
{
	switch (def->type)
	{
		case OPTION_BOOL:
		case OPTION_INT:
		case OPTION_WHOLE:
		case OPTION_REAL:
			return true;
		case OPTION_COUNT:
			return strcmp(text, "all") != 0;
		case OPTION_SIZE_OR_CHOICE:
			return drs_option_find_choice(def->choices, text) == NULL;
		default:
			return false;
	}
}

/* A string, a number or a truth value. */
static void
append_scalar(WireObject *object, const OptionDef *def, const JsonbValue *value)
{
	const char *name = drs_optiontable_shown(object->table, def);
	bool		is_text = def->type == OPTION_TEXT || def->type == OPTION_ID ||
		def->type == OPTION_LINK || def->type == OPTION_SECRET;
	char	   *text;

	if (is_text && value->type != jbvString)
		refuse_form(name, "a string");
	text = drs_option_text(value, name);
	if (!passes_unknown(object, def, text))
		text = drs_optiontable_wire_text(object->table, def, text, object->home);
	if (is_bare(def, text))
		appendStringInfoString(object->json, text);
	else
		escape_json(object->json, text);
}

/* The renamings as an object or a list, whichever they were given as. */
static void
append_renamings(StringInfo json, const JsonbValue *value, const char *name)
{
	List	   *renamings = drs_renamings_read(value, name);
	bool		is_list = JsonContainerIsArray(value->val.binary.data);
	ListCell   *lc;

	appendStringInfoChar(json, is_list ? '[' : '{');
	foreach(lc, renamings)
	{
		const Renaming *renaming = lfirst(lc);

		drs_jsonbtext_name(json, NULL);
		appendStringInfoString(json, is_list ? "{\"inputName\": " : "");
		escape_json(json, renaming->from);
		appendStringInfoString(json, is_list ? ", \"outputName\": " : ": ");
		if (renaming->to)
			escape_json(json, renaming->to);
		else
			appendStringInfoString(json, "null");
		appendStringInfoString(json, is_list ? "}" : "");
	}
	appendStringInfoChar(json, is_list ? ']' : '}');
}

static bool
is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

static void
append_numbers(StringInfo json, const JsonbValue *value, const char *name)
{
	bool		fits = is_array(value);
	JsonbCursor cursor;

	if (fits)
		cursor = drs_jsonb_open(value->val.binary.data);
	while (fits && drs_jsonb_next(&cursor))
		fits = cursor.value.type == jbvNumeric;
	if (!fits)
		refuse_form(name, "a JSON array of numbers");
	drs_jsonbtext_append(json, value);
}

/* Objects of a table of their own; messages call them by their place, from 0 on. */
static void
append_groups(WireObject *object, const OptionDef *def, const JsonbValue *value,
			  const char *name)
{
	JsonbCursor cursor;

	if (!is_array(value))
		refuse_form(name, "a JSON array of objects");
	appendStringInfoChar(object->json, '[');
	cursor = drs_jsonb_open(value->val.binary.data);
	for (int i = 0; drs_jsonb_next(&cursor); i++)
	{
		drs_jsonbtext_name(object->json, NULL);
		drs_optionwire_append(object->json, def->group, &cursor.value,
							  psprintf("%s[%d]", name, i), object->strict);
	}
	appendStringInfoChar(object->json, ']');
}

static void
append_value(WireObject *object, const OptionDef *def, const JsonbValue *value)
{
	const char *name = drs_optiontable_shown(object->table, def);

	switch (def->type)
	{
		case OPTION_NAMES:
			drs_jsonbtext_strings(object->json,
								  drs_option_names(value, name,
												   def->flags & OPTION_IS_PARAMETER));
			break;
		case OPTION_RENAMINGS:
			append_renamings(object->json, value, name);
			break;
		case OPTION_GROUP:
			drs_optionwire_append(object->json, def->group, value, name, object->strict);
			break;
		case OPTION_NUMBERS:
			append_numbers(object->json, value, name);
			break;
		case OPTION_GROUPS:
			append_groups(object, def, value, name);
			break;
		case OPTION_OBJECT:
			if (!is_object(value))
				refuse_form(name, "a JSON object");
			drs_jsonbtext_append(object->json, value);
			break;
		default:
			append_scalar(object, def, value);
	}
}

/* The kind of an object, by its "type".  Raises when that is missing, or unknown and strict. */
static int
find_home(const OptionGroup *group, JsonbContainer *members, bool strict)
{
	JsonbValue *type = getKeyJsonValueFromContainer(members, "type", strlen("type"), NULL);
	const OptionChoice *kind;
	char	   *word;

	if (group->kinds == NULL)
		return 1;
	if (type == NULL || type->type == jbvNull)
	{
		if (group->preset == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%stype\" is missing", group->table.prefix)));
		return group->preset;
	}
	if (type->type != jbvString)
		refuse_form(psprintf("%stype", group->table.prefix), "a string");
	word = drs_jsonb_text(type);
	kind = drs_option_find_choice(group->kinds, word);
	if (kind == NULL && strict)
		(void) drs_optiontable_wire_text(&group->table,
										 drs_optiontable_find(&group->table, "type",
															  group->any_kind),
										 word, group->any_kind);
	return kind ? kind->value : group->any_kind;
}

/* Take a member of the object. */
static void
append_member(WireObject *object, const char *name, const JsonbValue *value)
{
	const OptionTable *table = object->table;
	bool		known_kind = object->home != object->group->any_kind;
	const OptionDef *def = NULL;

	if (object->strict)
		def = drs_optiontable_find(table, name, object->home);
	else if (known_kind || strcmp(name, "type") == 0)
		def = drs_optiontable_look(table, name, object->home);
	if (def && list_member_ptr(object->seen, def))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is given twice", drs_optiontable_shown(table, def)),
				 errdetail("It is also spelled \"%s\".", def->wire_name)));
	if (value->type == jbvNull && def)
		return;
	drs_jsonbtext_name(object->json, def == NULL ? name :
					   def->wire_name ? def->wire_name : def->name);
	if (def)
	{
		object->seen = lappend(object->seen, unconstify(OptionDef *, def));
		append_value(object, def, value);
	}
	else
		drs_jsonbtext_append(object->json, value);
}

static void
check_required(const WireObject *object)
{
	const OptionTable *table = object->table;

	for (int i = 0; i < table->ndefs; i++)
	{
		const OptionDef *def = &table->defs[i];

		if ((def->required & object->home) != 0 &&
			!list_member_ptr(object->seen, def))
			drs_optiontable_refuse_missing(table, def, object->home);
	}
}

void
drs_optionwire_append(StringInfo json, const OptionGroup *group, const JsonbValue *value,
					  const char *name, bool strict)
{
	WireObject	object = {.json = json, .group = group, .table = &group->table, .strict = strict};
	JsonbCursor cursor;

	if (!is_object(value))
		refuse_form(name, "a JSON object");
	object.home = find_home(group, value->val.binary.data, strict);
	appendStringInfoChar(json, '{');
	cursor = drs_jsonb_open(value->val.binary.data);
	while (drs_jsonb_next(&cursor))
		append_member(&object, cursor.name, &cursor.value);
	appendStringInfoChar(json, '}');
	check_required(&object);
}

/*
 * optiontable.c
 *		Finds options by name, and reads their values.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/headertext.h"
#include "base/jsonbcursor.h"
#include "base/optiontable.h"
#include "base/renaming.h"
#include "base/timeoption.h"
#include "base/url.h"

/* An option, and where somebody sets it. */
typedef struct Setting
{
	const OptionDef *def;
	const OptionPlace *place;
	const char *name;			/* in messages */
} Setting;

static void report_unknown(const OptionTable *table, const char *name, int home, int elevel);
static void report_misplaced(const OptionTable *table, const OptionDef *def, int home, int elevel);
static char *wire_text(const Setting *setting, const char *value);
static void set_option(void *field, const Setting *setting, const char *value);
static Jsonb *read_container(const JsonbValue *value, const OptionDef *def);
static JsonbValue *read_scalar(const JsonbValue *value, const OptionDef *def);

void
drs_optiontable_init(const OptionTable *table, void *values)
{
	memset(values, 0, table->size);
	for (int i = 0; i < table->ndefs; i++)
	{
		const OptionDef *def = &table->defs[i];
		char	   *field = (char *) values + def->offset;

		if (def->flags & (OPTION_AS_TEXT | OPTION_IS_PARAMETER))
			continue;			/* NULL already */
		switch (def->type)
		{
			case OPTION_BOOL:
				*(bool *) field = def->preset != 0;
				break;
			case OPTION_INT:
			case OPTION_TIME:
			case OPTION_SIZE:
			case OPTION_CHOICE:
				*(int *) field = (int) def->preset;
				break;
			case OPTION_REAL:
			case OPTION_SECONDS:
				*(double *) field = def->preset;
				break;
			default:
				break;			/* NULL already */
		}
	}
}

/* The place of that home, or else of the home that it is a kind of. */
static const OptionPlace *
find_place(const OptionTable *table, int home)
{
	for (int i = 0; i < table->nplaces; i++)
		if (table->places[i].home == home)
			return &table->places[i];
	for (int i = 0; i < table->nplaces; i++)
		if ((table->places[i].home & home) == table->places[i].home)
			return &table->places[i];
	elog(ERROR, "options have no home %d", home);
}

/* Does that home have the option only to refuse it? */
static bool
is_refused(const OptionDef *def, int home)
{
	return (def->refused & home) != 0;
}

const char *
drs_optiontable_shown(const OptionTable *table, const OptionDef *def)
{
	return table->prefix ? psprintf("%s%s", table->prefix, def->name) : def->name;
}

/* Find an option as the header says; report at that level one that cannot be set there. */
static const OptionDef *
find_def(const OptionTable *table, const char *name, int home, int elevel)
{
	const OptionPlace *place = find_place(table, home);

	for (int i = 0; i < table->ndefs; i++)
	{
		const OptionDef *def = &table->defs[i];
		bool		by_wire_name = place->is_json && def->wire_name != NULL;

		if (strcmp(def->name, name) != 0 && !(by_wire_name && strcmp(def->wire_name, name) == 0))
			continue;
		if ((def->homes & home) != 0 && !(place->refuses && is_refused(def, home)))
			return def;
		report_misplaced(table, def, home, elevel);
		return NULL;
	}
	report_unknown(table, name, home, elevel);
	return NULL;
}

const OptionDef *
drs_optiontable_find(const OptionTable *table, const char *name, int home)
{
	return find_def(table, name, home, ERROR);
}

const OptionDef *
drs_optiontable_look(const OptionTable *table, const char *name, int home)
{
	return find_def(table, name, home, WARNING);
}

/*
 * Report an unknown name, with a hint at the closest one that is valid there,
 * or all of them.
 */
static void
report_unknown(const OptionTable *table, const char *name, int home, int elevel)
{
	const OptionPlace *place = find_place(table, home);
	ClosestName closest;
	StringInfoData all;

	initStringInfo(&all);
	drs_closest_init(&closest, name);
	for (int i = 0; i < table->ndefs; i++)
	{
		const OptionDef *def = &table->defs[i];

		if ((def->homes & home) == 0 || is_refused(def, home))
			continue;
		appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", def->name);
		drs_closest_try(&closest, def->name);
		if (place->is_json && def->wire_name)
			drs_closest_try(&closest, def->wire_name);
	}
	ereport(elevel,
			(errcode(place->is_json ? ERRCODE_INVALID_PARAMETER_VALUE :
					 ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("unknown option \"%s%s\"", table->prefix ? table->prefix : "", name),
			 closest.found ? errhint("Perhaps you meant the option \"%s\".", closest.found)
			 : errhint("Valid options of %s are: %s.", place->name, all.data),
			 errhidestmt(place->hides),
			 errhidecontext(place->hides)));
}

void
drs_optiontable_refuse_missing(const OptionTable *table, const OptionDef *def, int home)
{
	const OptionPlace *place = find_place(table, home);

	ereport(ERROR,
			(errcode(place->is_json ? ERRCODE_INVALID_PARAMETER_VALUE :
					 ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
			 errmsg("option \"%s\" is missing", drs_optiontable_shown(table, def)),
			 errdetail("It is required of %s.", place->name)));
}

/* Where an option belongs: the first of its homes. */
static const OptionPlace *
right_place(const OptionTable *table, const OptionDef *def)
{
	const OptionPlace *place = table->places;

	while ((place->home & def->homes) == 0)
		place++;
	return place;
}

/* Report an option in the wrong place, and say where it belongs. */
static void
report_misplaced(const OptionTable *table, const OptionDef *def, int home, int elevel)
{
	const OptionPlace *place = find_place(table, home);
	bool		secret = def->type == OPTION_SECRET;

	ereport(elevel,
			(errcode(place->is_json ? ERRCODE_INVALID_PARAMETER_VALUE :
					 ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("option \"%s\" is not an option of %s", drs_optiontable_shown(table, def),
					place->name),
			 secret && !place->is_json && !place->hides ?
			 errdetail("Options of %s can be read by everybody.", place->name) : 0,
			 errhint("It is an option of %s.", right_place(table, def)->name),
			 errhidestmt(secret || place->hides),
			 errhidecontext(secret || place->hides)));
}

/* Raise as drs_optiontable_refuse does. */
static void
refuse_value(const Setting *setting, const char *value, const char *detail, const char *hint)
{
	const OptionDef *def = setting->def;
	bool		is_url = def->type == OPTION_URL || def->type == OPTION_PROXY;
	/* a URL with an @ may contain a password, one with a query the signature that allows it */
	bool		secret = def->type == OPTION_SECRET || (is_url && strchr(value, '@')) ||
		(def->type == OPTION_LINK && strpbrk(value, "@?"));
	bool		hides = secret || setting->place->hides;

	ereport(ERROR,
			(errcode(setting->place->is_json ? ERRCODE_INVALID_PARAMETER_VALUE :
					 ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 secret ? errmsg("invalid value for option \"%s\"", setting->name)
			 : errmsg("invalid value for option \"%s\": \"%s\"", setting->name, value),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 errhidestmt(hides),
			 errhidecontext(hides)));
}

void
drs_optiontable_refuse(const OptionTable *table, const OptionDef *def, const char *value, int home,
					   const char *detail, const char *hint)
{
	Setting		setting = {def, find_place(table, home), drs_optiontable_shown(table, def)};

	refuse_value(&setting, value, detail, hint);
	pg_unreachable();
}

static bool
parse_flag(const Setting *setting, const char *value)
{
	bool		flag = false;

	if (!parse_bool(value, &flag))
		refuse_value(setting, value, "It must be true or false.", NULL);
	return flag;
}

static int
parse_number(const Setting *setting, const char *value)
{
	const OptionDef *def = setting->def;
	bool		is_size = def->type == OPTION_SIZE || def->type == OPTION_SIZE_OR_CHOICE;
	int			flags = def->type == OPTION_TIME ? GUC_UNIT_MS :
		is_size ? GUC_UNIT_BYTE : 0;
	const char *unit = def->type == OPTION_TIME ? " ms" : is_size ? " bytes" : "";
	const char *hint = NULL;
	int			result = 0;
	double		exact = 0;

	if (!parse_int(value, &result, flags, &hint) ||
		(flags == 0 && (!parse_real(value, &exact, 0, NULL) || exact != result)))
		refuse_value(setting, value,
					 hint ? NULL : def->type == OPTION_COUNT ? "It must be a number or \"all\"." :
					 "It must be a whole number.", hint ? _(hint) : NULL);
	if (result < def->min || result > def->max)
		refuse_value(setting, value,
					 psprintf("It must be between %.0f%s and %.0f%s.", def->min, unit, def->max,
							  unit), NULL);
	return result;
}

/* A whole number of 64 bits, palloc'd without a point; zeros after one change nothing. */
static char *
parse_whole(const Setting *setting, const char *value)
{
	char	   *end;
	int64		result;

	errno = 0;
	result = strtoi64(value, &end, 10);
	if (end > value && *end == '.')
		end += 1 + strspn(end + 1, "0");
	if (end == value || *end != '\0' || errno == ERANGE)
		refuse_value(setting, value, "It must be a whole number of 64 bits.", NULL);
	return psprintf(INT64_FORMAT, result);
}

static double
parse_fraction(const Setting *setting, const char *value)
{
	const OptionDef *def = setting->def;
	bool		seconds = def->type == OPTION_SECONDS;
	const char *hint = NULL;
	double		result = 0;

	if (!parse_real(value, &result, seconds ? GUC_UNIT_S : 0, &hint) || isnan(result) ||
		result < def->min || result > def->max)
		refuse_value(setting, value,
					 psprintf("It must be a number%s between %g and %g.",
							  seconds ? " of seconds" : "",
							  def->min, def->max), hint ? _(hint) : NULL);
	return result;
}

/* A name in exactly those letters comes first: some choices differ only in them. */
const OptionChoice *
drs_option_find_choice(const OptionChoice *choices, const char *text)
{
	for (const OptionChoice *choice = choices; choice->name; choice++)
		if (strcmp(choice->name, text) == 0)
			return choice;
	for (const OptionChoice *choice = choices; choice->name; choice++)
		if (pg_strcasecmp(choice->name, text) == 0)
			return choice;
	return NULL;
}

const char *
drs_option_choice(const OptionChoice *choices, int value)
{
	while (choices->value != value)
		choices++;
	return choices->name;
}

/* The names of all choices, palloc'd, for messages. */
static char *
choice_names(const OptionChoice *choices)
{
	StringInfoData all;

	initStringInfo(&all);
	for (const OptionChoice *choice = choices; choice->name; choice++)
		appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", choice->name);
	return all.data;
}

static int
parse_choice(const Setting *setting, const char *value)
{
	const OptionChoice *choice = drs_option_find_choice(setting->def->choices, value);

	if (choice == NULL)
		refuse_value(setting, value, psprintf("It must be one of: %s.",
											  choice_names(setting->def->choices)), NULL);
	return choice->value;
}

static char *
parse_text(const Setting *setting, const char *value)
{
	if (value[0] == '\0')
		refuse_value(setting, value, "It must not be empty.", NULL);
	return pstrdup(value);
}

/* A secret, which becomes part of a header line. */
static char *
parse_secret(const Setting *setting, const char *value)
{
	if (!drs_is_header_word(value))
		refuse_value(setting, value, "It must be printable ASCII without spaces.", NULL);
	return parse_text(setting, value);
}

/* A URL without slashes at its end, because routes begin with one. */
static char *
parse_url(const Setting *setting, const char *value)
{
	const char *problem = drs_url_problem(value, setting->def->type == OPTION_PROXY);

	if (problem)
		refuse_value(setting, value, problem, NULL);
	return drs_url_without_slashes(value);
}

/* A URL of one of the kinds that the choices begin. */
static char *
parse_link(const Setting *setting, const char *value)
{
	for (const OptionChoice *choice = setting->def->choices; choice->name; choice++)
		if (pg_strncasecmp(value, choice->name, strlen(choice->name)) == 0 &&
			value[strlen(choice->name)] != '\0')
			return pstrdup(value);
	refuse_value(setting, value, psprintf("It must begin with one of: %s.",
										  choice_names(setting->def->choices)), NULL);
	return NULL;				/* keep the compiler quiet */
}

static char *
parse_id(const Setting *setting, const char *value)
{
	const char *at = value;

	while (drs_url_is_unreserved(*at))
		at++;
	if (at == value || *at != '\0')
		refuse_value(setting, value, "It must be an id: letters, digits, and any of -._~.", NULL);
	return pstrdup(value);
}

/* A checked value in DataRobot's spelling, palloc'd. */
static char *
wire_text(const Setting *setting, const char *value)
{
	const OptionDef *def = setting->def;
	char	   *text = NULL;

	switch (def->type)
	{
		case OPTION_BOOL:
			return pstrdup(parse_flag(setting, value) ? "true" : "false");
		case OPTION_COUNT:
			if (pg_strcasecmp(value, "all") == 0)
				return pstrdup("all");
			return psprintf("%d", parse_number(setting, value));
		case OPTION_INT:
			return psprintf("%d", parse_number(setting, value));
		case OPTION_WHOLE:
			return parse_whole(setting, value);
		case OPTION_REAL:
			return float8out_internal(parse_fraction(setting, value));
		case OPTION_CHOICE:
			return pstrdup(drs_option_choice(def->choices, parse_choice(setting, value)));
		case OPTION_SIZE_OR_CHOICE:
			if (drs_option_find_choice(def->choices, value) == NULL)
				return psprintf("%d", parse_number(setting, value));
			return pstrdup(drs_option_find_choice(def->choices, value)->name);
		case OPTION_TEXT:
			return parse_text(setting, value);
		case OPTION_SECRET:
			return parse_secret(setting, value);
		case OPTION_LINK:
			return parse_link(setting, value);
		case OPTION_ID:
			return parse_id(setting, value);
		case OPTION_INSTANT:
			text = drs_iso_time(value, NULL);
			if (text == NULL)
				refuse_value(setting, value,
							 "It must be a time such as 2024-01-31T12:30:00 or"
							 " 2024-01-31T12:30:00Z.", NULL);
			return text;
		default:
			elog(ERROR, "option \"%s\" has no text form", def->name);
	}
	return NULL;				/* keep the compiler quiet */
}

static void
set_option(void *field, const Setting *setting, const char *value)
{
	if (setting->def->flags & (OPTION_AS_TEXT | OPTION_IS_PARAMETER))
	{
		*(char **) field = wire_text(setting, value);
		return;
	}
	switch (setting->def->type)
	{
		case OPTION_BOOL:
			*(bool *) field = parse_flag(setting, value);
			break;
		case OPTION_INT:
		case OPTION_TIME:
		case OPTION_SIZE:
			*(int *) field = parse_number(setting, value);
			break;
		case OPTION_REAL:
		case OPTION_SECONDS:
			*(double *) field = parse_fraction(setting, value);
			break;
		case OPTION_CHOICE:
			*(int *) field = parse_choice(setting, value);
			break;
		case OPTION_TEXT:
			*(char **) field = parse_text(setting, value);
			break;
		case OPTION_URL:
		case OPTION_PROXY:
			*(char **) field = parse_url(setting, value);
			break;
		case OPTION_PATH:
			if (!is_absolute_path(value))
				refuse_value(setting, value,
							 "It must be an absolute path on the server's machine.", NULL);
			*(char **) field = pstrdup(value);
			break;
		case OPTION_SECRET:
			*(char **) field = parse_secret(setting, value);
			break;
		default:
			elog(ERROR, "option \"%s\" has no text form", setting->def->name);
	}
}

void
drs_optiontable_set(const OptionTable *table, void *values, const OptionDef *def, const char *text,
					int home)
{
	Setting		setting = {def, find_place(table, home),
	drs_optiontable_shown(table, def)};

	set_option((char *) values + def->offset, &setting, text);
}

char *
drs_optiontable_wire_text(const OptionTable *table, const OptionDef *def, const char *text,
						  int home)
{
	Setting		setting = {def, find_place(table, home),
	drs_optiontable_shown(table, def)};

	return wire_text(&setting, text);
}

/* Set an option from a JSON value that is not null. */
static void
set_from_json(void *field, const Setting *setting, const JsonbValue *value)
{
	const OptionDef *def = setting->def;

	if (def->type == OPTION_NAMES)
		*(List **) field = drs_option_names(value, setting->name,
											(def->flags & OPTION_IS_PARAMETER) != 0);
	else if (def->type == OPTION_RENAMINGS)
		*(List **) field = drs_renamings_read(value, def->name);
	else if (def->type == OPTION_NEW_NAMES)
		*(List **) field = drs_new_names_read(value, def->name);
	else if (def->type == OPTION_OBJECT || def->type == OPTION_NUMBERS ||
			 def->type == OPTION_GROUPS)
		*(Jsonb **) field = read_container(value, def);
	else if (def->type == OPTION_SCALAR)
		*(JsonbValue **) field = read_scalar(value, def);
	else
		set_option(field, setting, drs_option_text(value, def->name));
}

void
drs_optiontable_set_object(const OptionTable *table, void *values, Jsonb *json, int home)
{
	JsonbCursor cursor;
	List	   *seen = NIL;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example: '{\"chunk_rows\": 1000}'.")));
	cursor = drs_jsonb_open(&json->root);
	while (drs_jsonb_next(&cursor))
	{
		const OptionDef *def = drs_optiontable_find(table, cursor.name, home);
		Setting		setting = {def, find_place(table, home), def->name};

		if (list_member_ptr(seen, def))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" is given twice", def->name),
					 errdetail("It is also spelled \"%s\".", def->wire_name)));
		seen = lappend(seen, unconstify(OptionDef *, def));
		if (cursor.value.type != jbvNull)
			set_from_json((char *) values + def->offset, &setting, &cursor.value);
	}
}

const OptionDef *
drs_optiontable_given(const OptionTable *table, Jsonb *json, int home, int flags)
{
	JsonbCursor cursor = drs_jsonb_open(&json->root);

	while (drs_jsonb_next(&cursor))
	{
		const OptionDef *def = drs_optiontable_find(table, cursor.name, home);

		if ((def->flags & flags) != 0 && cursor.value.type != jbvNull)
			return def;
	}
	return NULL;
}

char *
drs_option_text(const JsonbValue *value, const char *name)
{
	char	   *text = drs_jsonb_text(value);

	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a string, a number or a boolean", name)));
	return text;
}

List *
drs_option_names(const JsonbValue *value, const char *name, bool are_classes)
{
	bool		fits = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
	JsonbCursor cursor;
	List	   *names = NIL;

	if (fits)
		cursor = drs_jsonb_open(value->val.binary.data);
	while (fits && drs_jsonb_next(&cursor))
	{
		fits = cursor.value.type == jbvString;
		if (fits)
			names = lappend(names, drs_jsonb_text(&cursor.value));
	}
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a JSON array of %s names", name,
						are_classes ? "class" : "column")));
	return names;
}

/* The object or array that an option is. */
static Jsonb *
read_container(const JsonbValue *value, const OptionDef *def)
{
	bool		is_array = def->type != OPTION_OBJECT;

	if (value->type != jbvBinary ||
		(is_array ? !JsonContainerIsArray(value->val.binary.data)
		 : !JsonContainerIsObject(value->val.binary.data)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be %s", def->name,
						def->type == OPTION_GROUPS ? "a JSON array of objects" :
						is_array ? "a JSON array of numbers" : "a JSON object")));
	return JsonbValueToJsonb(unconstify(JsonbValue *, value));
}

static JsonbValue *
read_scalar(const JsonbValue *value, const OptionDef *def)
{
	JsonbValue *copy;

	if (value->type != jbvString && value->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a string or a number", def->name)));
	copy = palloc(sizeof(JsonbValue));
	*copy = *value;
	return copy;
}

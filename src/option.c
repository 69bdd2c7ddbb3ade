/*
 * option.c
 *		The table of options and the parsing of their values.
 *
 * To add an option: a field in Options, a line in the table, a line in the
 * README.  An option of DataRobot's API that this version does not offer has
 * a line too, marked LATER, so that it is refused by name instead of being
 * taken for a typing error.  PostgreSQL licence.
 */
#include "postgres.h"

#include <math.h>

#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/numeric.h"

#include "closest.h"
#include "compat.h"
#include "option.h"
#include "url.h"

typedef enum OptionType
{
	OPTION_BOOL,
	OPTION_INT,
	OPTION_REAL,
	OPTION_TIME,				/* milliseconds; units as in '30s' */
	OPTION_SIZE,				/* bytes; units as in '5MB' */
	OPTION_CHOICE,
	OPTION_TEXT,
	OPTION_URL,
	OPTION_PATH,				/* a file of the server's machine, absolute */
	OPTION_SECRET,				/* goes into a header: printable ASCII; never shown */
	OPTION_NAMES,				/* column names; a JSON array */
	OPTION_LATER				/* known to DataRobot, not offered by this version */
} OptionType;

typedef struct OptionDef
{
	const char *name;
	const char *wire_name;		/* DataRobot's spelling, also accepted in a call; NULL: none */
	int			homes;			/* OptionHome bits */
	OptionType	type;
	size_t		offset;			/* field of Options */
	double		min;			/* numbers only */
	double		max;
	double		preset;			/* default of numbers, booleans and choices */
	const char *const *choices; /* OPTION_CHOICE: names in enum order, NULL-terminated */
} OptionDef;

static const char *const auth_choices[] = {"bearer", "token", "basic", "none", NULL};
static const char *const compression_choices[] = {"none", "gzip", NULL};
static const char *const http_version_choices[] = {"auto", "1.1", "2", NULL};

#define TUNING (OPTION_SERVER | OPTION_CALL)
#define KILO 1024.0
#define MEGA (1024.0 * 1024.0)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)

/* DataRobot's limit for the body of one request (reference 1.9): 50 MB. */
#define MAX_BODY_BYTES (50 * MEGA)

#define PLAIN(field, homes_, type_) \
	{.name = #field, .homes = (homes_), .type = (type_), .offset = offsetof(Options, field)}
#define NUMBER(field, homes_, type_, min_, max_, preset_) \
	{.name = #field, .homes = (homes_), .type = (type_), .offset = offsetof(Options, field), \
	 .min = (min_), .max = (max_), .preset = (preset_)}
#define CHOICE(field, homes_, choices_, preset_) \
	{.name = #field, .homes = (homes_), .type = OPTION_CHOICE, .offset = offsetof(Options, field), \
	 .choices = (choices_), .preset = (preset_)}
#define NAMES(field, wire_) \
	{.name = #field, .wire_name = (wire_), .homes = OPTION_CALL, .type = OPTION_NAMES, \
	 .offset = offsetof(Options, field)}
#define LATER(name_, wire_, homes_) \
	{.name = (name_), .wire_name = (wire_), .homes = (homes_), .type = OPTION_LATER}

static const OptionDef option_defs[] = {
	/* where: servers only, so that whoever may use a server cannot point it elsewhere */
	PLAIN(prediction_url, OPTION_SERVER, OPTION_URL),
	PLAIN(api_url, OPTION_SERVER, OPTION_URL),
	PLAIN(deployment, OPTION_SERVER, OPTION_TEXT),
	PLAIN(proxy, OPTION_SERVER, OPTION_URL),
	PLAIN(ca_file, OPTION_SERVER, OPTION_PATH),
	PLAIN(client_cert, OPTION_SERVER, OPTION_PATH),
	PLAIN(client_key, OPTION_SERVER, OPTION_PATH),
	CHOICE(auth, OPTION_SERVER, auth_choices, AUTH_BEARER),
	PLAIN(allow_http, OPTION_SERVER, OPTION_BOOL),
	CHOICE(http_version, OPTION_SERVER, http_version_choices, HTTP_VERSION_AUTO),
	NUMBER(rate_limit, OPTION_SERVER, OPTION_REAL, 0, 1e6, 0),

	/* how: servers, and calls that know better */
	NUMBER(connect_timeout, TUNING, OPTION_TIME, 1, 10 * MINUTE, 10 * SECOND),
	NUMBER(request_timeout, TUNING, OPTION_TIME, 1, DAY, 10 * MINUTE),
	NUMBER(max_attempts, TUNING, OPTION_INT, 1, 100, 5),
	NUMBER(retry_budget, TUNING, OPTION_TIME, 0, DAY, 5 * MINUTE),
	NUMBER(chunk_rows, TUNING, OPTION_INT, 1, 1e6, 10000),
	NUMBER(chunk_size, TUNING, OPTION_SIZE, KILO, MAX_BODY_BYTES, 5 * MEGA),
	NUMBER(concurrency, TUNING, OPTION_INT, 1, 64, 4),
	NUMBER(max_reply_size, TUNING, OPTION_SIZE, KILO, 1000 * MEGA, 64 * MEGA),
	CHOICE(compression, TUNING, compression_choices, COMPRESSION_NONE),

	/* who: user mappings only */
	PLAIN(api_token, OPTION_MAPPING, OPTION_SECRET),
	PLAIN(api_token_file, OPTION_MAPPING, OPTION_PATH),
	PLAIN(datarobot_key, OPTION_MAPPING, OPTION_SECRET),
	PLAIN(datarobot_key_file, OPTION_MAPPING, OPTION_PATH),
	PLAIN(username, OPTION_MAPPING, OPTION_SECRET),

	/* what: calls only */
	PLAIN(server, OPTION_CALL, OPTION_TEXT),
	NAMES(key_columns, "keyColumns"),
	NAMES(passthrough_columns, "passthroughColumns"),
	PLAIN(verify_order, OPTION_CALL, OPTION_BOOL),

	/* known to DataRobot's Prediction API (reference 1.3), not offered yet */
	LATER("passthrough_columns_set", "passthroughColumnsSet", OPTION_CALL),
	LATER("max_explanations", "maxExplanations", OPTION_CALL),
	LATER("max_codes", "maxCodes", OPTION_CALL),
	LATER("max_ngram_explanations", "maxNgramExplanations", OPTION_CALL),
	LATER("explanation_algorithm", "explanationAlgorithm", OPTION_CALL),
	LATER("explanation_num_top_classes", "explanationNumTopClasses", OPTION_CALL),
	LATER("explanation_class_names", "explanationClassNames", OPTION_CALL),
	LATER("threshold_high", "thresholdHigh", OPTION_CALL),
	LATER("threshold_low", "thresholdLow", OPTION_CALL),
	LATER("exclude_adjusted_predictions", "excludeAdjustedPredictions", OPTION_CALL),
	LATER("prediction_warning_enabled", "predictionWarningEnabled", OPTION_CALL),
	LATER("decimals_number", "decimalsNumber", OPTION_CALL),
	LATER("forecast_point", "forecastPoint", OPTION_CALL),
	LATER("predictions_start_date", "predictionsStartDate", OPTION_CALL),
	LATER("predictions_end_date", "predictionsEndDate", OPTION_CALL),
	LATER("relax_known_in_advance_features_check", "relaxKnownInAdvanceFeaturesCheck", OPTION_CALL),
	LATER("skip_drift_tracking", "skipDriftTracking", OPTION_CALL),
	LATER("series_columns", NULL, OPTION_CALL),
	LATER("addressing", NULL, OPTION_SERVER),
};

static const OptionDef *find_option(const char *name, OptionHome home);
pg_noreturn static void refuse_unknown(const char *name, OptionHome home);
pg_noreturn static void refuse_misplaced(const OptionDef *def, OptionHome home);
static const char *home_name(OptionHome home);
static void set_option(Options *options, const OptionDef *def, const char *value, OptionHome home);
static List *jsonb_names(JsonbContainer *array, const char *name);

void
drs_options_init(Options *options)
{
	memset(options, 0, sizeof(*options));
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];
		char	   *field = (char *) options + def->offset;

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
				*(double *) field = def->preset;
				break;
			default:
				break;			/* NULL already; LATER has no field */
		}
	}
}

void
drs_option_check(const char *name, const char *value, OptionHome home)
{
	Options		scratch;

	drs_options_init(&scratch);
	set_option(&scratch, find_option(name, home), value, home);
}

bool
drs_option_names_file(const char *name)
{
	for (size_t i = 0; i < lengthof(option_defs); i++)
		if (strcmp(option_defs[i].name, name) == 0)
			return option_defs[i].type == OPTION_PATH;
	return false;
}

void
drs_options_add_list(Options *options, List *defelems, OptionHome home)
{
	ListCell   *lc;

	foreach(lc, defelems)
	{
		DefElem    *elem = lfirst_node(DefElem, lc);

		set_option(options, find_option(elem->defname, home), defGetString(elem), home);
	}
}

void
drs_options_add_jsonb(Options *options, Jsonb *json)
{
	JsonbIterator *it;
	JsonbValue	key;
	JsonbIteratorToken token;
	List	   *seen = NIL;

	if (json == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example: '{\"chunk_rows\": 1000}'.")));

	it = JsonbIteratorInit(&json->root);
	(void) JsonbIteratorNext(&it, &key, true);	/* the object's begin */
	while ((token = JsonbIteratorNext(&it, &key, true)) == WJB_KEY)
	{
		char	   *name = pnstrdup(key.val.string.val, key.val.string.len);
		const OptionDef *def = find_option(name, OPTION_CALL);
		JsonbValue	value;

		if (list_member_ptr(seen, def))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" is given twice", def->name),
					 errdetail("It is also spelled \"%s\".", def->wire_name)));
		seen = lappend(seen, unconstify(OptionDef *, def));

		(void) JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvNull)
			continue;
		if (def->type == OPTION_NAMES)
		{
			if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("option \"%s\" must be a JSON array of column names", def->name)));
			*(List **) ((char *) options + def->offset) = jsonb_names(value.val.binary.data, def->name);
		}
		else
			set_option(options, def, drs_jsonb_scalar_text(&value, def->name), OPTION_CALL);
	}
}

/* The option of that name at that home; raises when there is none. */
static const OptionDef *
find_option(const char *name, OptionHome home)
{
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];
		bool		by_wire_name = home == OPTION_CALL && def->wire_name != NULL;

		if (strcmp(def->name, name) != 0 && !(by_wire_name && strcmp(def->wire_name, name) == 0))
			continue;
		if ((def->homes & home) == 0)
			refuse_misplaced(def, home);
		if (def->type == OPTION_LATER)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("option \"%s\" is not supported by this version", name)));
		return def;
	}
	refuse_unknown(name, home);
}

/* Unknown name: hint at the closest one that could stand there, or list them all. */
static void
refuse_unknown(const char *name, OptionHome home)
{
	ClosestName closest;
	StringInfoData all;

	initStringInfo(&all);
	drs_closest_init(&closest, name);
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];

		if ((def->homes & home) == 0 || def->type == OPTION_LATER)
			continue;
		appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", def->name);
		drs_closest_try(&closest, def->name);
		if (home == OPTION_CALL && def->wire_name)
			drs_closest_try(&closest, def->wire_name);
	}
	ereport(ERROR,
			(errcode(home == OPTION_CALL ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("unknown option \"%s\"", name),
			 closest.found ? errhint("Perhaps you meant the option \"%s\".", closest.found)
			 : errhint("Valid options of %s are: %s.", home_name(home), all.data),
			 errhidestmt(home == OPTION_MAPPING),
			 errhidecontext(home == OPTION_MAPPING)));
}

/* A known name in the wrong place: say where it belongs, above all when it is a secret. */
static void
refuse_misplaced(const OptionDef *def, OptionHome home)
{
	OptionHome	right = (def->homes & OPTION_SERVER) ? OPTION_SERVER :
		(def->homes & OPTION_MAPPING) ? OPTION_MAPPING : OPTION_CALL;

	ereport(ERROR,
			(errcode(home == OPTION_CALL ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("option \"%s\" is not an option of %s", def->name, home_name(home)),
			 def->type == OPTION_SECRET && home == OPTION_SERVER ?
			 errdetail("Options of a server can be read by everybody.") : 0,
			 errhint("It is an option of %s.", home_name(right)),
			 errhidestmt(def->type == OPTION_SECRET || home == OPTION_MAPPING),
			 errhidecontext(def->type == OPTION_SECRET || home == OPTION_MAPPING)));
}

static const char *
home_name(OptionHome home)
{
	switch (home)
	{
		case OPTION_SERVER:
			return "a server";
		case OPTION_MAPPING:
			return "a user mapping";
		case OPTION_CALL:
			return "a call";
	}
	return "";					/* keep the compiler quiet */
}

/* Raise: the value of an option does not fit.  Secrets are not repeated. */
static void
refuse_value(const OptionDef *def, const char *value, OptionHome home, const char *detail,
			 const char *hint)
{
	/* a URL with an @ may hold a password */
	bool		secret = def->type == OPTION_SECRET || (def->type == OPTION_URL && strchr(value, '@'));

	ereport(ERROR,
			(errcode(home == OPTION_CALL ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 secret ? errmsg("invalid value for option \"%s\"", def->name)
			 : errmsg("invalid value for option \"%s\": \"%s\"", def->name, value),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 errhidestmt(secret || home == OPTION_MAPPING),
			 errhidecontext(secret || home == OPTION_MAPPING)));
}

static int
parse_number(const OptionDef *def, const char *value, OptionHome home)
{
	int			flags = def->type == OPTION_TIME ? GUC_UNIT_MS :
		def->type == OPTION_SIZE ? GUC_UNIT_BYTE : 0;
	const char *unit = def->type == OPTION_TIME ? " ms" : def->type == OPTION_SIZE ? " bytes" : "";
	const char *hint = NULL;
	int			result = 0;

	if (!parse_int(value, &result, flags, &hint))
		refuse_value(def, value, home, NULL, hint ? _(hint) : NULL);
	if (result < def->min || result > def->max)
		refuse_value(def, value, home,
					 psprintf("It must be between %.0f%s and %.0f%s.", def->min, unit, def->max, unit), NULL);
	return result;
}

static double
parse_fraction(const OptionDef *def, const char *value, OptionHome home)
{
	double		result = 0;

	if (!parse_real(value, &result, 0, NULL) || isnan(result) || result < def->min || result > def->max)
		refuse_value(def, value, home,
					 psprintf("It must be a number between %g and %g.", def->min, def->max), NULL);
	return result;
}

static int
parse_choice(const OptionDef *def, const char *value, OptionHome home)
{
	StringInfoData all;

	for (int i = 0; def->choices[i] != NULL; i++)
		if (pg_strcasecmp(def->choices[i], value) == 0)
			return i;
	initStringInfo(&all);
	for (int i = 0; def->choices[i] != NULL; i++)
		appendStringInfo(&all, "%s%s", i > 0 ? ", " : "", def->choices[i]);
	refuse_value(def, value, home, psprintf("It must be one of: %s.", all.data), NULL);
	return 0;					/* keep the compiler quiet */
}

/* A secret becomes part of a header line: anything but printable ASCII could end the line early. */
static char *
parse_secret(const OptionDef *def, const char *value, OptionHome home)
{
	if (value[0] == '\0')
		refuse_value(def, value, home, "It must not be empty.", NULL);
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c > '~')
			refuse_value(def, value, home, "It must be printable ASCII without spaces.", NULL);
	return pstrdup(value);
}

static char *
parse_url(const OptionDef *def, const char *value, OptionHome home)
{
	const char *problem;
	char	   *url = pstrdup(value);
	size_t		len = strlen(url);

	problem = drs_url_problem(value, strcmp(def->name, "proxy") == 0);
	if (problem)
		refuse_value(def, value, home, problem, NULL);
	while (len > 0 && url[len - 1] == '/')	/* routes are appended with their own slash */
		url[--len] = '\0';
	return url;
}

static void
set_option(Options *options, const OptionDef *def, const char *value, OptionHome home)
{
	char	   *field = (char *) options + def->offset;
	bool		flag;

	switch (def->type)
	{
		case OPTION_BOOL:
			if (!parse_bool(value, &flag))
				refuse_value(def, value, home, "It must be true or false.", NULL);
			*(bool *) field = flag;
			break;
		case OPTION_INT:
		case OPTION_TIME:
		case OPTION_SIZE:
			*(int *) field = parse_number(def, value, home);
			break;
		case OPTION_REAL:
			*(double *) field = parse_fraction(def, value, home);
			break;
		case OPTION_CHOICE:
			*(int *) field = parse_choice(def, value, home);
			break;
		case OPTION_TEXT:
			if (value[0] == '\0')
				refuse_value(def, value, home, "It must not be empty.", NULL);
			*(char **) field = pstrdup(value);
			break;
		case OPTION_URL:
			*(char **) field = parse_url(def, value, home);
			break;
		case OPTION_PATH:
			if (!is_absolute_path(value))
				refuse_value(def, value, home, "It must be an absolute path on the server's machine.", NULL);
			*(char **) field = pstrdup(value);
			break;
		case OPTION_SECRET:
			*(char **) field = parse_secret(def, value, home);
			break;
		case OPTION_NAMES:
		case OPTION_LATER:
			elog(ERROR, "option \"%s\" has no text form", def->name);
	}
}

char *
drs_jsonb_scalar_text(const JsonbValue *value, const char *name)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" must be a string, a number or a boolean", name)));
	}
	return NULL;				/* keep the compiler quiet */
}

static List *
jsonb_names(JsonbContainer *array, const char *name)
{
	JsonbIterator *it = JsonbIteratorInit(array);
	JsonbValue	element;
	List	   *names = NIL;

	(void) JsonbIteratorNext(&it, &element, true);	/* the array's begin */
	while (JsonbIteratorNext(&it, &element, true) == WJB_ELEM)
	{
		if (element.type != jbvString)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" must be a JSON array of column names", name)));
		names = lappend(names, pnstrdup(element.val.string.val, element.val.string.len));
	}
	return names;
}

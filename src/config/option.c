/*
 * option.c
 *		The table of options and the parsing of their values.
 *
 * To add an option: a field in one of the structs of option.h, a line in the table, a
 * line in docs/options.md.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/numeric.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/headertext.h"
#include "base/url.h"
#include "config/option.h"
#include "config/renaming.h"
#include "config/timeoption.h"

typedef enum OptionType
{
	OPTION_BOOL,
	OPTION_INT,
	OPTION_REAL,
	OPTION_TIME,				/* milliseconds; units as in '30s' */
	OPTION_SECONDS,				/* seconds with a fraction; units likewise */
	OPTION_SIZE,				/* bytes; units as in '5MB' */
	OPTION_CHOICE,
	OPTION_TEXT,
	OPTION_URL,
	OPTION_PATH,				/* a file of the server's machine, absolute */
	OPTION_SECRET,				/* goes into a header: printable ASCII; never shown */
	OPTION_NAMES,				/* names; a JSON array */
	OPTION_COUNT,				/* a number from min to max, or "all" */
	OPTION_INSTANT,				/* a time in ISO 8601 */
	OPTION_RENAMINGS,			/* column_names_remapping, in either of its forms */
	OPTION_NEW_NAMES			/* old names and new ones; a JSON object of strings */
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
	bool		as_text;		/* the field is the checked value's text on the wire, or a list of such */
	bool		is_parameter;	/* the same, and it is a parameter of requests by its wire name */
} OptionDef;

static const char *const auth_choices[] = {"bearer", "token", "basic", "none", NULL};
static const char *const compression_choices[] = {"none", "gzip", NULL};
static const char *const http_version_choices[] = {"auto", "1.1", "2", NULL};
static const char *const addressing_choices[] = {"deployment", "project", "import", "pps", "drum", NULL};
static const char *const format_choices[] = {"auto", "csv", "json", NULL};
static const char *const set_choices[] = {"all", NULL};
static const char *const algorithm_choices[] = {"shap", "xemp", NULL};
static const char *const on_error_choices[] = {"stop", "reject", "null", NULL};
static const char *const send_choices[] = {"all", "features", NULL};
static const char *const snapshot_choices[] = {"slice", "run", NULL};
static const char *const if_running_choices[] = {"start", "skip", "wait", "error", NULL};

/* First by our names, in enum order, then as they are on the wire (docs/api.md 2.1). */
static const char *const statement_type_choices[] = {
	"insert", "update", "upsert", "create_table",
	"insertUpdate", "insert_update", "createTable", NULL
};
static const int statement_type_meaning[] = {
	STATEMENT_INSERT, STATEMENT_UPDATE, STATEMENT_UPSERT, STATEMENT_CREATE_TABLE,
	STATEMENT_UPSERT, STATEMENT_UPSERT, STATEMENT_CREATE_TABLE
};

/* Calls that write take whatever calls take. */
#define ANY_CALL (OPTION_CALL | OPTION_WRITE)
#define TUNING (OPTION_SERVER | ANY_CALL)
#define KILO 1024.0
#define MEGA (1024.0 * 1024.0)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)

/* DataRobot's limit for the body of one request (docs/api.md 1.9): 50 MB. */
#define MAX_BODY_BYTES (50 * MEGA)

#define PLAIN(group, field, homes_, type_) \
	{.name = #field, .homes = (homes_), .type = (type_), .offset = offsetof(Options, group.field)}
#define NUMBER(group, field, homes_, type_, min_, max_, preset_) \
	{.name = #field, .homes = (homes_), .type = (type_), .offset = offsetof(Options, group.field), \
	 .min = (min_), .max = (max_), .preset = (preset_)}
#define CHOICE(group, field, homes_, choices_, preset_) \
	{.name = #field, .homes = (homes_), .type = OPTION_CHOICE, .offset = offsetof(Options, group.field), \
	 .choices = (choices_), .preset = (preset_)}
#define NAMES(group, field, homes_, wire_) \
	{.name = #field, .wire_name = (wire_), .homes = (homes_), .type = OPTION_NAMES, \
	 .offset = offsetof(Options, group.field)}
#define WRITE(group, field, wire_, type_, ...) \
	{.name = #field, .wire_name = (wire_), .homes = OPTION_WRITE, .type = (type_), \
	 .offset = offsetof(Options, group.field), __VA_ARGS__}
#define TWO_NAMES(group, field, wire_, homes_, type_, ...) \
	{.name = #field, .wire_name = (wire_), .homes = (homes_), .type = (type_), \
	 .offset = offsetof(Options, group.field), __VA_ARGS__}
#define PARAMETER(group, field, wire_, type_, ...) \
	{.name = #field, .wire_name = (wire_), .homes = ANY_CALL, .type = (type_), \
	 .offset = offsetof(Options, group.field), .as_text = true, .is_parameter = true, __VA_ARGS__}

static const OptionDef option_defs[] = {
	/* where: servers only, so that whoever may use a server cannot point it elsewhere */
	PLAIN(server, prediction_url, OPTION_SERVER, OPTION_URL),
	PLAIN(server, api_url, OPTION_SERVER, OPTION_URL),
	PLAIN(server, deployment, OPTION_SERVER, OPTION_TEXT),
	PLAIN(server, proxy, OPTION_SERVER, OPTION_URL),
	PLAIN(server, ca_file, OPTION_SERVER, OPTION_PATH),
	PLAIN(server, client_cert, OPTION_SERVER, OPTION_PATH),
	PLAIN(server, client_key, OPTION_SERVER, OPTION_PATH),
	CHOICE(server, auth, OPTION_SERVER, auth_choices, AUTH_BEARER),
	PLAIN(server, allow_http, OPTION_SERVER, OPTION_BOOL),
	CHOICE(server, http_version, OPTION_SERVER, http_version_choices, HTTP_VERSION_AUTO),
	CHOICE(server, addressing, OPTION_SERVER, addressing_choices, ADDRESSING_DEPLOYMENT),
	NUMBER(server, rate_limit, OPTION_SERVER, OPTION_REAL, 0, 1e6, 0),

	/* how: servers, and calls that know better */
	NUMBER(transfer, connect_timeout, TUNING, OPTION_TIME, 1, 10 * MINUTE, 10 * SECOND),
	NUMBER(transfer, request_timeout, TUNING, OPTION_TIME, 1, DAY, 10 * MINUTE),
	NUMBER(transfer, max_attempts, TUNING, OPTION_INT, 1, 100, 5),
	NUMBER(transfer, retry_budget, TUNING, OPTION_TIME, 0, DAY, 5 * MINUTE),
	NUMBER(transfer, chunk_rows, TUNING, OPTION_INT, 1, 1e6, 10000),
	NUMBER(transfer, chunk_size, TUNING, OPTION_SIZE, KILO, MAX_BODY_BYTES, 5 * MEGA),
	NUMBER(transfer, concurrency, TUNING, OPTION_INT, 1, 64, 4),
	NUMBER(transfer, max_reply_size, TUNING, OPTION_SIZE, KILO, 1000 * MEGA, 64 * MEGA),
	CHOICE(transfer, compression, TUNING, compression_choices, COMPRESSION_NONE),
	NUMBER(transfer, check, TUNING, OPTION_BOOL, 0, 1, 1),
	NUMBER(transfer, deployment_lifetime, TUNING, OPTION_TIME, 0, DAY, 5 * MINUTE),
	CHOICE(transfer, format, TUNING, format_choices, FORMAT_AUTO),
	CHOICE(transfer, request_format, TUNING, format_choices, FORMAT_AUTO),
	TWO_NAMES(transfer, skip_drift_tracking, "skipDriftTracking", TUNING, OPTION_BOOL,),

	/* who: user mappings only */
	PLAIN(credentials, api_token, OPTION_MAPPING, OPTION_SECRET),
	PLAIN(credentials, api_token_file, OPTION_MAPPING, OPTION_PATH),
	PLAIN(credentials, datarobot_key, OPTION_MAPPING, OPTION_SECRET),
	PLAIN(credentials, datarobot_key_file, OPTION_MAPPING, OPTION_PATH),
	PLAIN(credentials, username, OPTION_MAPPING, OPTION_SECRET),

	/* what: calls only */
	PLAIN(call, server, ANY_CALL, OPTION_TEXT),
	NAMES(call, key_columns, ANY_CALL, "keyColumns"),
	NAMES(call, passthrough_columns, ANY_CALL, "passthroughColumns"),
	TWO_NAMES(call, passthrough_columns_set, "passthroughColumnsSet", ANY_CALL, OPTION_CHOICE,
			  .choices = set_choices, .as_text = true),
	TWO_NAMES(call, feature_names, "featureNames", ANY_CALL, OPTION_NEW_NAMES,),
	CHOICE(call, send, ANY_CALL, send_choices, SEND_ALL),
	PLAIN(call, wire_passthrough, OPTION_CALL, OPTION_BOOL),
	PLAIN(call, verify_order, ANY_CALL, OPTION_BOOL),
	PLAIN(call, details, ANY_CALL, OPTION_BOOL),
	TWO_NAMES(call, positive_class, "positiveClass", ANY_CALL, OPTION_TEXT,),
	NAMES(call, series_columns, ANY_CALL, "seriesColumns"),
	TWO_NAMES(call, time_column, "timeColumn", ANY_CALL, OPTION_TEXT,),

	/* parameters of the API (docs/api.md 1.3); what a model takes of them, the server knows */
	PARAMETER(parameters, max_explanations, "maxExplanations", OPTION_COUNT, .max = 100),
	PARAMETER(parameters, max_codes, "maxCodes", OPTION_INT, .max = 100),
	PARAMETER(parameters, max_ngram_explanations, "maxNgramExplanations", OPTION_COUNT, .max = 1e6),
	PARAMETER(parameters, explanation_algorithm, "explanationAlgorithm", OPTION_CHOICE, .choices = algorithm_choices),
	PARAMETER(parameters, explanation_num_top_classes, "explanationNumTopClasses", OPTION_INT, .min = 1, .max = 1e6),
	PARAMETER(parameters, explanation_class_names, "explanationClassNames", OPTION_NAMES,),
	PARAMETER(parameters, threshold_high, "thresholdHigh", OPTION_REAL, .min = -DBL_MAX, .max = DBL_MAX),
	PARAMETER(parameters, threshold_low, "thresholdLow", OPTION_REAL, .min = -DBL_MAX, .max = DBL_MAX),
	PARAMETER(parameters, exclude_adjusted_predictions, "excludeAdjustedPredictions", OPTION_BOOL,),
	PARAMETER(parameters, prediction_warning_enabled, "predictionWarningEnabled", OPTION_BOOL,),
	PARAMETER(parameters, decimals_number, "decimalsNumber", OPTION_INT, .max = 100),
	PARAMETER(parameters, forecast_point, "forecastPoint", OPTION_INSTANT,),
	PARAMETER(parameters, predictions_start_date, "predictionsStartDate", OPTION_INSTANT,),
	PARAMETER(parameters, predictions_end_date, "predictionsEndDate", OPTION_INSTANT,),
	PARAMETER(parameters, relax_known_in_advance_features_check, "relaxKnownInAdvanceFeaturesCheck", OPTION_BOOL,),

	/* where to and how: calls that write only; wire names by docs/api.md 2.1, 2.2 */
	WRITE(write, statement_type, "statementType", OPTION_CHOICE, .choices = statement_type_choices),
	NAMES(write, where_columns, OPTION_WRITE, "whereColumns"),
	NAMES(write, update_columns, OPTION_WRITE, "updateColumns"),
	NAMES(write, output_columns, OPTION_WRITE, "outputColumns"),
	NAMES(write, extra_columns, OPTION_WRITE, "extraColumns"),
	WRITE(write, column_names_remapping, "columnNamesRemapping", OPTION_RENAMINGS,),
	WRITE(write, create_table_if_not_exists, "createTableIfNotExists", OPTION_BOOL,),
	WRITE(write, on_error, "onError", OPTION_CHOICE, .choices = on_error_choices),
	WRITE(write, reject_limit, "rejectLimit", OPTION_TEXT,),
	WRITE(write, abort_on_error, "abortOnError", OPTION_BOOL, .preset = 1),
	WRITE(write, keep_features, "keepFeatures", OPTION_BOOL, .preset = 1),
	WRITE(write, commit_rows, "commitRows", OPTION_INT, .min = 1, .max = 1e9),
	WRITE(write, commit_interval, "commitInterval", OPTION_SECONDS, .max = DAY / SECOND, .preset = -1),
	WRITE(write, snapshot, NULL, OPTION_CHOICE, .choices = snapshot_choices),
	WRITE(write, consistent_model, "consistentModel", OPTION_BOOL,),
	WRITE(write, workers, NULL, OPTION_INT, .min = 1, .max = 64, .preset = 1),
	WRITE(write, if_running, "ifRunning", OPTION_CHOICE, .choices = if_running_choices),
	WRITE(write, resume, NULL, OPTION_BOOL,),
};

static const OptionDef *find_def(const char *name, OptionHome home);
static bool is_refused(const OptionDef *def, OptionHome home);
pg_noreturn static void refuse_unknown(const char *name, OptionHome home);
pg_noreturn static void refuse_misplaced(const OptionDef *def, OptionHome home);
static const char *home_name(OptionHome home);
static void set_option(Options *options, const OptionDef *def, const char *value, OptionHome home);
static bool is_call(OptionHome home);
static void set_option_json(Options *options, const OptionDef *def, const JsonbValue *value, OptionHome home);
static char *wire_text(const OptionDef *def, const char *value, OptionHome home);
static List *jsonb_names(const JsonbValue *value, const OptionDef *def);

void
drs_options_init(Options *options)
{
	memset(options, 0, sizeof(*options));
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];
		char	   *field = (char *) options + def->offset;

		if (def->as_text)
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

void
drs_option_check(const char *name, const char *value, OptionHome home)
{
	Options		scratch;

	drs_options_init(&scratch);
	set_option(&scratch, find_def(name, home), value, home);
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

		set_option(options, find_def(elem->defname, home), defGetString(elem), home);
	}
}

void
drs_options_add_jsonb(Options *options, Jsonb *json, OptionHome home)
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
		const OptionDef *def = find_def(name, home);
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
		set_option_json(options, def, &value, home);
	}
}

const char *
drs_option_name(const char *name, OptionHome home)
{
	return find_def(name, home)->name;
}

/* The option of that name at that home; raises when there is none. */
static const OptionDef *
find_def(const char *name, OptionHome home)
{
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];
		bool		by_wire_name = is_call(home) && def->wire_name != NULL;

		if (strcmp(def->name, name) != 0 && !(by_wire_name && strcmp(def->wire_name, name) == 0))
			continue;
		if ((def->homes & home) == 0 || (home == OPTION_ACTUALS && is_refused(def, home)))
			refuse_misplaced(def, home);
		return def;
	}
	refuse_unknown(name, home);
}

/* Does that call know the option only to refuse it? */
static bool
is_refused(const OptionDef *def, OptionHome home)
{
	static const char *const of_rows[] = {"key_columns", "passthrough_columns", "passthrough_columns_set", "details", NULL};
	static const char *const of_slices[] = {"commit_rows", "commit_interval", "snapshot", "workers", "if_running", "resume", NULL};
	const char *const *names = home == OPTION_WINDOW ? of_rows + 1 : home == OPTION_BODY ? of_rows :
		home == OPTION_NOW ? of_slices : NULL;

	if (home == OPTION_BODY && def->is_parameter)
		return true;
	if (home == OPTION_ACTUALS)
		return (def->homes & OPTION_SERVER) == 0 && strcmp(def->name, "server") != 0;
	if (home == OPTION_WINDOW && strcmp(def->name, "details") == 0)
		return false;
	for (; names && *names; names++)
		if (strcmp(def->name, *names) == 0)
			return true;
	return false;
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

		if ((def->homes & home) == 0 || is_refused(def, home))
			continue;
		appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", def->name);
		drs_closest_try(&closest, def->name);
		if (is_call(home) && def->wire_name)
			drs_closest_try(&closest, def->wire_name);
	}
	ereport(ERROR,
			(errcode(is_call(home) ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_OPTION_NAME),
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
		(def->homes & OPTION_MAPPING) ? OPTION_MAPPING :
		(def->homes & OPTION_CALL) ? OPTION_CALL : OPTION_WRITE;

	ereport(ERROR,
			(errcode(is_call(home) ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_OPTION_NAME),
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
		case OPTION_WINDOW:
		case OPTION_BODY:
			return "a call";
		case OPTION_WRITE:
		case OPTION_NOW:
			return "a call that writes to a table";
		case OPTION_ACTUALS:
			return "submit_actuals";
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
			(errcode(is_call(home) ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 secret ? errmsg("invalid value for option \"%s\"", def->name)
			 : errmsg("invalid value for option \"%s\": \"%s\"", def->name, value),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 errhidestmt(secret || home == OPTION_MAPPING),
			 errhidecontext(secret || home == OPTION_MAPPING)));
}

static bool
parse_flag(const OptionDef *def, const char *value, OptionHome home)
{
	bool		flag = false;

	if (!parse_bool(value, &flag))
		refuse_value(def, value, home, "It must be true or false.", NULL);
	return flag;
}

static int
parse_number(const OptionDef *def, const char *value, OptionHome home)
{
	int			flags = def->type == OPTION_TIME ? GUC_UNIT_MS :
		def->type == OPTION_SIZE ? GUC_UNIT_BYTE : 0;
	const char *unit = def->type == OPTION_TIME ? " ms" : def->type == OPTION_SIZE ? " bytes" : "";
	const char *hint = NULL;
	int			result = 0;
	double		exact = 0;

	if (!parse_int(value, &result, flags, &hint) ||
		(flags == 0 && (!parse_real(value, &exact, 0, NULL) || exact != result)))
		refuse_value(def, value, home, hint ? NULL : def->type == OPTION_COUNT ? "It must be a number or \"all\"." :
					 "It must be a whole number.", hint ? _(hint) : NULL);
	if (result < def->min || result > def->max)
		refuse_value(def, value, home,
					 psprintf("It must be between %.0f%s and %.0f%s.", def->min, unit, def->max, unit), NULL);
	return result;
}

static double
parse_fraction(const OptionDef *def, const char *value, OptionHome home)
{
	bool		seconds = def->type == OPTION_SECONDS;
	const char *hint = NULL;
	double		result = 0;

	if (!parse_real(value, &result, seconds ? GUC_UNIT_S : 0, &hint) || isnan(result) ||
		result < def->min || result > def->max)
		refuse_value(def, value, home,
					 psprintf("It must be a number%s between %g and %g.", seconds ? " of seconds" : "",
							  def->min, def->max), hint ? _(hint) : NULL);
	return result;
}

static int
parse_choice(const OptionDef *def, const char *value, OptionHome home)
{
	StringInfoData all;

	for (int i = 0; def->choices[i] != NULL; i++)
		if (pg_strcasecmp(def->choices[i], value) == 0)
			return def->choices == statement_type_choices ? statement_type_meaning[i] : i;
	initStringInfo(&all);
	for (int i = 0; def->choices[i] != NULL; i++)
		appendStringInfo(&all, "%s%s", i > 0 ? ", " : "", def->choices[i]);
	refuse_value(def, value, home, psprintf("It must be one of: %s.", all.data), NULL);
	return 0;					/* keep the compiler quiet */
}

/* A secret becomes part of a header line. */
static char *
parse_secret(const OptionDef *def, const char *value, OptionHome home)
{
	if (value[0] == '\0')
		refuse_value(def, value, home, "It must not be empty.", NULL);
	if (!drs_is_header_word(value))
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

/* A checked value as it stands on the wire. */
static char *
wire_text(const OptionDef *def, const char *value, OptionHome home)
{
	char	   *text = NULL;

	switch (def->type)
	{
		case OPTION_BOOL:
			return pstrdup(parse_flag(def, value, home) ? "true" : "false");
		case OPTION_COUNT:
			if (pg_strcasecmp(value, "all") == 0)
				return pstrdup("all");
			return psprintf("%d", parse_number(def, value, home));
		case OPTION_INT:
			return psprintf("%d", parse_number(def, value, home));
		case OPTION_REAL:
			return float8out_internal(parse_fraction(def, value, home));
		case OPTION_CHOICE:
			return pstrdup(def->choices[parse_choice(def, value, home)]);
		case OPTION_INSTANT:
			text = drs_iso_time(value, NULL);
			if (text == NULL)
				refuse_value(def, value, home, "It must be a time such as 2024-01-31T12:30:00 or 2024-01-31T12:30:00Z.", NULL);
			return text;
		default:
			elog(ERROR, "option \"%s\" has no text form", def->name);
	}
	return NULL;				/* keep the compiler quiet */
}

static void
set_option(Options *options, const OptionDef *def, const char *value, OptionHome home)
{
	char	   *field = (char *) options + def->offset;

	if (def->as_text)
	{
		*(char **) field = wire_text(def, value, home);
		return;
	}
	switch (def->type)
	{
		case OPTION_BOOL:
			*(bool *) field = parse_flag(def, value, home);
			break;
		case OPTION_INT:
		case OPTION_TIME:
		case OPTION_SIZE:
			*(int *) field = parse_number(def, value, home);
			break;
		case OPTION_REAL:
		case OPTION_SECONDS:
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
		default:
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

static bool
is_call(OptionHome home)
{
	return (home & (OPTION_CALL | OPTION_WRITE)) != 0;
}

/* Set an option from a JSON value that is not null. */
static void
set_option_json(Options *options, const OptionDef *def, const JsonbValue *value, OptionHome home)
{
	void	   *field = (char *) options + def->offset;

	if (def->type == OPTION_NAMES)
		*(List **) field = jsonb_names(value, def);
	else if (def->type == OPTION_RENAMINGS)
		*(List **) field = drs_renamings_read(value, def->name);
	else if (def->type == OPTION_NEW_NAMES)
		*(List **) field = drs_new_names_read(value, def->name);
	else
		set_option(options, def, drs_jsonb_scalar_text(value, def->name), home);
}

static List *
jsonb_names(const JsonbValue *value, const OptionDef *def)
{
	bool		is_array = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
	JsonbIterator *it = is_array ? JsonbIteratorInit(value->val.binary.data) : NULL;
	JsonbValue	element;
	List	   *names = NIL;

	if (is_array)
		(void) JsonbIteratorNext(&it, &element, true);	/* the array's begin */
	while (is_array && JsonbIteratorNext(&it, &element, true) == WJB_ELEM)
	{
		is_array = element.type == jbvString;
		if (is_array)
			names = lappend(names, pnstrdup(element.val.string.val, element.val.string.len));
	}
	if (!is_array)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a JSON array of %s names", def->name,
						def->is_parameter ? "class" : "column")));
	return names;
}

void
drs_options_visit_parameters(const Options *options, ParameterVisit visit, void *arg)
{
	for (size_t i = 0; i < lengthof(option_defs); i++)
	{
		const OptionDef *def = &option_defs[i];
		const char *field = (const char *) options + def->offset;
		const char *text;
		ListCell   *lc;

		if (!def->is_parameter)
			continue;
		if (def->type == OPTION_NAMES)
		{
			foreach(lc, *(List *const *) field)
				visit(def->name, def->wire_name, lfirst(lc), arg);
			continue;
		}
		text = *(const char *const *) field;
		if (text)
			visit(def->name, def->wire_name, text, arg);
	}
}

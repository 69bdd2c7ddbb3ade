/*
 * option.c
 *		The table of the options of servers, user mappings, calls and scored
 *		tables.
 *
 * To add an option: a field in one of the structs of option.h, a line in the
 * table below, a row in docs/options.md.
 */
#include "postgres.h"

#include <float.h>

#include "commands/defrem.h"

#include "base/jsonbtext.h"
#include "base/optionjson.h"
#include "base/optiontable.h"
#include "config/option.h"

static const OptionChoice auth_choices[] = {
	{"bearer", AUTH_BEARER}, {"token", AUTH_TOKEN}, {"basic", AUTH_BASIC}, {"none", AUTH_NONE}, {0}
};
static const OptionChoice compression_choices[] = {
	{"none", COMPRESSION_NONE}, {"gzip", COMPRESSION_GZIP}, {0}
};
static const OptionChoice http_version_choices[] = {
	{"auto", HTTP_VERSION_AUTO}, {"1.1", HTTP_VERSION_1_1}, {"2", HTTP_VERSION_2}, {0}
};
static const OptionChoice addressing_choices[] = {
	{"deployment", ADDRESSING_DEPLOYMENT}, {"project", ADDRESSING_PROJECT},
	{"import", ADDRESSING_IMPORT}, {"pps", ADDRESSING_PPS}, {"drum", ADDRESSING_DRUM}, {0}
};
static const OptionChoice format_choices[] = {
	{"auto", FORMAT_AUTO}, {"csv", FORMAT_CSV}, {"json", FORMAT_JSON}, {0}
};
static const OptionChoice method_choices[] = {
	{"realtime", METHOD_REALTIME}, {"batch", METHOD_BATCH}, {"auto", METHOD_AUTO}, {0}
};
static const OptionChoice batch_upload_choices[] = {
	{"auto", BATCH_UPLOAD_AUTO}, {"multipart", BATCH_UPLOAD_MULTIPART},
	{"stream", BATCH_UPLOAD_STREAM}, {0}
};
static const OptionChoice set_choices[] = {{"all", 0}, {0}};
static const OptionChoice algorithm_choices[] = {{"shap", 0}, {"xemp", 1}, {0}};
static const OptionChoice on_error_choices[] = {
	{"stop", ON_ERROR_STOP}, {"reject", ON_ERROR_REJECT}, {"null", ON_ERROR_NULL}, {0}
};
static const OptionChoice send_choices[] = {{"all", SEND_ALL}, {"features", SEND_FEATURES}, {0}};
static const OptionChoice snapshot_choices[] = {{"slice", SNAPSHOT_SLICE}, {"run", SNAPSHOT_RUN},
												{0}};
static const OptionChoice if_running_choices[] = {
	{"start", IF_RUNNING_START}, {"skip", IF_RUNNING_SKIP}, {"wait", IF_RUNNING_WAIT},
	{"error", IF_RUNNING_ERROR}, {0}
};

/* Calls that write also take the options of other calls; a scored table is read by such calls. */
#define ANY_CALL (OPTION_CALL | OPTION_WRITE | OPTION_TABLE)
#define TUNING (OPTION_SERVER | ANY_CALL)

/* Not a home of the options that every call takes. */
#define ONE_ONLY (OPTION_ONE & ~OPTION_WINDOW)

/* Calls that know an option only to refuse it. */
#define IN_WINDOW (OPTION_WINDOW & ~OPTION_CALL)
#define IN_BODY (OPTION_BODY & ~OPTION_CALL)
#define IN_NOW (OPTION_NOW & ~OPTION_WRITE)
#define IN_ACTUALS ((OPTION_ACTUALS | OPTION_JOB) & ~OPTION_CALL)

/* Which methods use an option that not all do. */
enum
{
	REQUESTS_ONLY = OPTION_OWN_FLAGS,	/* it is about the requests of real-time scoring */
	REALTIME_ONLY = OPTION_OWN_FLAGS * 2,	/* batch cannot do it */
	JOBS_ONLY = OPTION_OWN_FLAGS * 4,	/* it is about the jobs of batch scoring */
	BATCH_ONLY = OPTION_OWN_FLAGS * 8	/* real-time cannot do it */
};

#define KILO 1024.0
#define MEGA (1024.0 * 1024.0)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)

#define OPT(group, field, homes_, type_, ...) \
	{.name = #field, .homes = (homes_), .type = (type_), \
	 .offset = offsetof(Options, group.field), __VA_ARGS__}
#define PARAMETER(wire_) \
	.wire_name = (wire_), .flags = OPTION_IS_PARAMETER, .refused = IN_BODY | IN_ACTUALS
#define REALTIME_PARAMETER(wire_) \
	.wire_name = (wire_), .flags = OPTION_IS_PARAMETER | REALTIME_ONLY, \
	.refused = IN_BODY | IN_ACTUALS
#define NOT_ROWS (IN_WINDOW | IN_BODY | IN_ACTUALS)

static const OptionDef option_defs[] = {
	/* where: servers only, so that a user of a server cannot direct it elsewhere */
	OPT(server, prediction_url, OPTION_SERVER, OPTION_URL),
	OPT(server, api_url, OPTION_SERVER, OPTION_URL),
	OPT(server, deployment, OPTION_SERVER | OPTION_TABLE, OPTION_TEXT),
	OPT(server, proxy, OPTION_SERVER, OPTION_PROXY),
	OPT(server, ca_file, OPTION_SERVER, OPTION_PATH),
	OPT(server, client_cert, OPTION_SERVER, OPTION_PATH),
	OPT(server, client_key, OPTION_SERVER, OPTION_PATH),
	OPT(server, auth, OPTION_SERVER, OPTION_CHOICE, .choices = auth_choices,
		.preset = AUTH_BEARER),
	OPT(server, allow_http, OPTION_SERVER, OPTION_BOOL),
	OPT(server, http_version, OPTION_SERVER, OPTION_CHOICE, .choices = http_version_choices,
		.preset = HTTP_VERSION_AUTO),
	OPT(server, addressing, OPTION_SERVER, OPTION_CHOICE, .choices = addressing_choices,
		.preset = ADDRESSING_DEPLOYMENT),
	OPT(server, rate_limit, TUNING, OPTION_REAL, .max = 1e6),

	/* how: servers, and calls, which override them */
	OPT(transfer, connect_timeout, TUNING, OPTION_TIME, .min = 1, .max = 10 * MINUTE,
		.preset = 10 * SECOND),
	OPT(transfer, request_timeout, TUNING, OPTION_TIME, .min = 1, .max = DAY,
		.preset = 10 * MINUTE),
	OPT(transfer, max_attempts, TUNING, OPTION_INT, .min = 1, .max = 100, .preset = 5),
	OPT(transfer, retry_budget, TUNING, OPTION_TIME, .max = DAY, .preset = 5 * MINUTE),
	OPT(transfer, chunk_rows, TUNING, OPTION_INT, .min = 1, .max = 1e6, .preset = 10000,
		.flags = REQUESTS_ONLY),
	OPT(transfer, chunk_size, TUNING, OPTION_SIZE, .min = KILO, .max = DRS_MAX_BODY_BYTES,
		.preset = 5 * MEGA, .flags = REQUESTS_ONLY),
	OPT(transfer, concurrency, TUNING, OPTION_INT, .min = 1, .max = 64, .preset = 4,
		.flags = REQUESTS_ONLY),
	OPT(transfer, max_reply_size, TUNING, OPTION_SIZE, .min = KILO, .max = 1000 * MEGA,
		.preset = 64 * MEGA),
	OPT(transfer, compression, TUNING, OPTION_CHOICE, .choices = compression_choices,
		.preset = COMPRESSION_NONE, .flags = REQUESTS_ONLY),
	OPT(transfer, check, TUNING, OPTION_BOOL, .preset = 1),
	OPT(transfer, deployment_lifetime, TUNING, OPTION_TIME, .max = DAY, .preset = 5 * MINUTE),
	OPT(transfer, format, TUNING, OPTION_CHOICE, .choices = format_choices, .preset = FORMAT_AUTO,
		.flags = REALTIME_ONLY),
	OPT(transfer, request_format, TUNING, OPTION_CHOICE, .choices = format_choices,
		.preset = FORMAT_AUTO, .flags = REALTIME_ONLY),
	OPT(transfer, skip_drift_tracking, TUNING, OPTION_BOOL, .wire_name = "skipDriftTracking"),

	/* who: user mappings only */
	OPT(credentials, api_token, OPTION_MAPPING, OPTION_SECRET),
	OPT(credentials, api_token_file, OPTION_MAPPING, OPTION_PATH),
	OPT(credentials, datarobot_key, OPTION_MAPPING, OPTION_SECRET),
	OPT(credentials, datarobot_key_file, OPTION_MAPPING, OPTION_PATH),
	OPT(credentials, username, OPTION_MAPPING, OPTION_SECRET),

	/* what: calls only */
	OPT(call, server, OPTION_CALL | OPTION_WRITE, OPTION_TEXT),
	OPT(call, key_columns, ANY_CALL, OPTION_NAMES, .wire_name = "keyColumns",
		.refused = IN_BODY | IN_ACTUALS),
	OPT(call, passthrough_columns, ANY_CALL, OPTION_NAMES, .wire_name = "passthroughColumns",
		.refused = IN_WINDOW | IN_BODY | IN_ACTUALS),
	OPT(call, passthrough_columns_set, ANY_CALL, OPTION_CHOICE,
		.wire_name = "passthroughColumnsSet", .choices = set_choices, .flags = OPTION_AS_TEXT,
		.refused = IN_WINDOW | IN_BODY | IN_ACTUALS),
	OPT(call, feature_names, ANY_CALL, OPTION_NEW_NAMES, .wire_name = "featureNames",
		.refused = IN_ACTUALS),
	OPT(call, send, ANY_CALL, OPTION_CHOICE, .choices = send_choices, .preset = SEND_ALL,
		.refused = IN_ACTUALS),
	OPT(call, wire_passthrough, OPTION_CALL | OPTION_TABLE, OPTION_BOOL, .refused = IN_ACTUALS,
		.flags = REALTIME_ONLY),
	OPT(call, verify_order, ANY_CALL, OPTION_BOOL, .refused = IN_ACTUALS, .flags = REQUESTS_ONLY),
	OPT(call, details, ANY_CALL, OPTION_BOOL, .refused = IN_BODY | IN_ACTUALS,
		.flags = REALTIME_ONLY),
	OPT(call, positive_class, ANY_CALL, OPTION_TEXT, .wire_name = "positiveClass",
		.refused = IN_ACTUALS, .flags = REQUESTS_ONLY),
	OPT(call, series_columns, ANY_CALL, OPTION_NAMES, .wire_name = "seriesColumns",
		.refused = IN_ACTUALS, .flags = REALTIME_ONLY),
	OPT(call, time_column, ANY_CALL, OPTION_TEXT, .wire_name = "timeColumn",
		.refused = IN_ACTUALS, .flags = REALTIME_ONLY),
	OPT(call, max_calls, ONE_ONLY, OPTION_INT, .min = 1, .max = 1e9, .preset = 1000),

	/* by which API, of calls that score the rows of a query; and what its jobs are like */
	OPT(batch, method, ANY_CALL, OPTION_CHOICE, .choices = method_choices,
		.preset = METHOD_REALTIME, .refused = NOT_ROWS),
	OPT(batch, batch_rows, TUNING, OPTION_INT, .min = 1, .max = 1e9, .preset = 1e6,
		.flags = JOBS_ONLY, .refused = NOT_ROWS),
	OPT(batch, batch_threshold, TUNING, OPTION_INT, .max = 1e9, .preset = 1e5,
		.flags = JOBS_ONLY, .refused = NOT_ROWS),
	OPT(batch, batch_upload, TUNING, OPTION_CHOICE, .choices = batch_upload_choices,
		.preset = BATCH_UPLOAD_AUTO, .flags = JOBS_ONLY, .refused = NOT_ROWS),
	OPT(batch, batch_settings, ANY_CALL, OPTION_OBJECT, .flags = BATCH_ONLY,
		.refused = NOT_ROWS),
	OPT(batch, job_timeout, TUNING, OPTION_TIME, .max = 14 * DAY, .flags = JOBS_ONLY,
		.refused = NOT_ROWS),
	OPT(batch, delete_on_timeout, TUNING, OPTION_BOOL, .flags = JOBS_ONLY,
		.refused = NOT_ROWS),

	/* parameters of the API (docs/api.md 1.3); the server knows which of them suit a model */
	OPT(parameters, max_explanations, ANY_CALL, OPTION_COUNT, PARAMETER("maxExplanations"),
		.max = 100),
	OPT(parameters, max_codes, ANY_CALL, OPTION_INT, REALTIME_PARAMETER("maxCodes"), .max = 100),
	OPT(parameters, max_ngram_explanations, ANY_CALL, OPTION_COUNT,
		REALTIME_PARAMETER("maxNgramExplanations"), .max = 1e6),
	OPT(parameters, explanation_algorithm, ANY_CALL, OPTION_CHOICE,
		PARAMETER("explanationAlgorithm"), .choices = algorithm_choices),
	OPT(parameters, explanation_num_top_classes, ANY_CALL, OPTION_INT,
		PARAMETER("explanationNumTopClasses"), .min = 1, .max = 1e6),
	OPT(parameters, explanation_class_names, ANY_CALL, OPTION_NAMES,
		PARAMETER("explanationClassNames")),
	OPT(parameters, threshold_high, ANY_CALL, OPTION_REAL, PARAMETER("thresholdHigh"),
		.min = -DBL_MAX, .max = DBL_MAX),
	OPT(parameters, threshold_low, ANY_CALL, OPTION_REAL, PARAMETER("thresholdLow"),
		.min = -DBL_MAX, .max = DBL_MAX),
	OPT(parameters, exclude_adjusted_predictions, ANY_CALL, OPTION_BOOL,
		REALTIME_PARAMETER("excludeAdjustedPredictions")),
	OPT(parameters, prediction_warning_enabled, ANY_CALL, OPTION_BOOL,
		PARAMETER("predictionWarningEnabled")),
	OPT(parameters, decimals_number, ANY_CALL, OPTION_INT, REALTIME_PARAMETER("decimalsNumber"),
		.max = 100),
	OPT(parameters, forecast_point, ANY_CALL, OPTION_INSTANT, REALTIME_PARAMETER("forecastPoint")),
	OPT(parameters, predictions_start_date, ANY_CALL, OPTION_INSTANT,
		REALTIME_PARAMETER("predictionsStartDate")),
	OPT(parameters, predictions_end_date, ANY_CALL, OPTION_INSTANT,
		REALTIME_PARAMETER("predictionsEndDate")),
	OPT(parameters, relax_known_in_advance_features_check, ANY_CALL, OPTION_BOOL,
		REALTIME_PARAMETER("relaxKnownInAdvanceFeaturesCheck")),

	/* where to and how: calls that write only; wire names by docs/api.md 2.1, 2.2 */
	OPT(write, statement_type, OPTION_WRITE, OPTION_CHOICE, .wire_name = "statementType",
		.choices = drs_statement_choices),
	OPT(write, where_columns, OPTION_WRITE, OPTION_NAMES, .wire_name = "whereColumns"),
	OPT(write, update_columns, OPTION_WRITE, OPTION_NAMES, .wire_name = "updateColumns"),
	OPT(write, output_columns, OPTION_WRITE, OPTION_NAMES, .wire_name = "outputColumns"),
	OPT(write, extra_columns, OPTION_WRITE, OPTION_NAMES, .wire_name = "extraColumns"),
	OPT(write, column_names_remapping, OPTION_WRITE, OPTION_RENAMINGS,
		.wire_name = "columnNamesRemapping"),
	OPT(write, create_table_if_not_exists, OPTION_WRITE, OPTION_BOOL,
		.wire_name = "createTableIfNotExists"),
	OPT(write, on_error, OPTION_WRITE | OPTION_TABLE, OPTION_CHOICE, .wire_name = "onError",
		.choices = on_error_choices),
	OPT(write, reject_limit, OPTION_WRITE, OPTION_TEXT, .wire_name = "rejectLimit"),
	OPT(write, abort_on_error, OPTION_WRITE, OPTION_BOOL, .wire_name = "abortOnError",
		.preset = 1),
	OPT(write, keep_features, OPTION_WRITE, OPTION_BOOL, .wire_name = "keepFeatures", .preset = 1,
		.flags = REALTIME_ONLY),
	OPT(write, commit_rows, OPTION_WRITE, OPTION_INT, .wire_name = "commitRows", .min = 1,
		.max = 1e9, .refused = IN_NOW),
	OPT(write, commit_interval, OPTION_WRITE, OPTION_SECONDS, .wire_name = "commitInterval",
		.max = DAY / SECOND, .preset = -1, .refused = IN_NOW),
	OPT(write, snapshot, OPTION_WRITE, OPTION_CHOICE, .choices = snapshot_choices,
		.refused = IN_NOW),
	OPT(write, consistent_model, OPTION_WRITE, OPTION_BOOL, .wire_name = "consistentModel",
		.flags = REALTIME_ONLY),
	OPT(write, workers, OPTION_WRITE, OPTION_INT, .min = 1, .max = 64, .preset = 1,
		.refused = IN_NOW),
	OPT(write, if_running, OPTION_WRITE, OPTION_CHOICE, .wire_name = "ifRunning",
		.choices = if_running_choices, .refused = IN_NOW),
	OPT(write, resume, OPTION_WRITE, OPTION_BOOL, .refused = IN_NOW),

	/* scored tables, and what the planner thinks of their servers */
	OPT(table, query, OPTION_TABLE, OPTION_TEXT),
	OPT(table, search_path, OPTION_TABLE, OPTION_TEXT),
	OPT(table, security_invoker, OPTION_TABLE, OPTION_BOOL),
	OPT(table, security_barrier, OPTION_TABLE, OPTION_BOOL),
	OPT(table, request_cost, OPTION_SERVER | OPTION_TABLE, OPTION_REAL, .max = 1e9, .preset = -1),
	OPT(table, row_cost, OPTION_SERVER | OPTION_TABLE, OPTION_REAL, .max = 1e9, .preset = -1),
	OPT(table, output, OPTION_COLUMN, OPTION_TEXT),
	OPT(table, source, OPTION_COLUMN, OPTION_TEXT),
};

static const OptionPlace places[] = {
	{OPTION_SERVER, "a server", .is_json = false},
	{OPTION_MAPPING, "a user mapping", .hides = true},
	{OPTION_CALL, "a call", .is_json = true},
	{OPTION_WRITE, "a call that writes to a table", .is_json = true},
	{OPTION_ACTUALS, "submit_actuals", .is_json = true, .refuses = true},
	{OPTION_ONE, "a call that scores one row", .is_json = true},
	{OPTION_JOB, "a function that asks the public API", .is_json = true, .refuses = true},
	{OPTION_TABLE, "a foreign table", .is_json = false},
	{OPTION_COLUMN, "a column of a foreign table", .is_json = false},
};

static const OptionTable table = {
	.defs = option_defs, .ndefs = lengthof(option_defs), .size = sizeof(Options),
	.places = places, .nplaces = lengthof(places)
};

/* The engine sets an enum as it sets an int. */
StaticAssertDecl(sizeof(AuthScheme) == sizeof(int) && sizeof(StatementType) == sizeof(int),
				 "enums have the size of int");

void
drs_options_init(Options *options)
{
	drs_optiontable_init(&table, options);
}

void
drs_option_set(Options *options, const char *name, const char *value, OptionHome home)
{
	drs_optiontable_set(&table, options, drs_optiontable_find(&table, name, home), value, home);
}

void
drs_option_check(const char *name, const char *value, OptionHome home)
{
	Options		scratch;

	drs_options_init(&scratch);
	drs_option_set(&scratch, name, value, home);
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

		drs_option_set(options, elem->defname, defGetString(elem), home);
	}
}

Jsonb *
drs_options_list_as_jsonb(List *defelems, OptionHome home)
{
	StringInfoData json;
	ListCell   *lc;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	foreach(lc, defelems)
	{
		DefElem    *elem = lfirst_node(DefElem, lc);

		drs_optionjson_append(&table, &json, drs_optiontable_find(&table, elem->defname, home),
							  defGetString(elem), home);
	}
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

void
drs_options_add_jsonb(Options *options, Jsonb *json, OptionHome home)
{
	if (json)
		drs_optiontable_set_object(&table, options, json, home);
}

/* Raise for an option that the method does not use. */
static void
refuse_for_method(const OptionDef *def, ScoringMethod method)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be combined with the method \"%s\"", def->name,
					drs_option_choice(method_choices, method)),
			 def->flags & REQUESTS_ONLY ?
			 errdetail("It is about the requests of real-time scoring.") :
			 def->flags & REALTIME_ONLY ?
			 errdetail("Only real-time scoring can do what it asks for.") :
			 errdetail("It is about the jobs of batch scoring.")));
}

/* Options of jobs and of requests have their use in a call that may be scored either way. */
void
drs_options_check_method(Options *options, Jsonb *json, OptionHome home)
{
	ScoringMethod method = options->batch.method;
	int			refused = method == METHOD_BATCH ? REQUESTS_ONLY | REALTIME_ONLY :
		method == METHOD_REALTIME ? JOBS_ONLY | BATCH_ONLY : BATCH_ONLY;
	const OptionDef *def = json ? drs_optiontable_given(&table, json, home, refused) : NULL;

	if (method != METHOD_REALTIME && (home & NOT_ROWS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"method\" is for calls that score the rows of a query"),
				 errhint("These are score, score_as, explain, score_into and score_into_now.")));
	if (def)
		refuse_for_method(def, method);
	if (method == METHOD_AUTO && drs_optiontable_given(&table, json, home, REALTIME_ONLY))
		options->batch.method = METHOD_REALTIME;
}

void
drs_option_refuse(const char *name, const char *value, OptionHome home, const char *detail,
				  const char *hint)
{
	drs_optiontable_refuse(&table, drs_optiontable_find(&table, name, home), value, home, detail,
						   hint);
}

void
drs_option_refuse_missing(const char *name, OptionHome home)
{
	drs_optiontable_refuse_missing(&table, drs_optiontable_find(&table, name, home), home);
}

const char *
drs_option_name(const char *name, OptionHome home)
{
	return drs_optiontable_find(&table, name, home)->name;
}

bool
drs_options_name_series(const Options *options)
{
	return options->call.series_columns != NIL || options->call.time_column != NULL;
}

const char *
drs_options_forecast_parameter(const Options *options)
{
	return options->parameters.forecast_point ? "forecast_point" :
		options->parameters.predictions_start_date ? "predictions_start_date" :
		options->parameters.predictions_end_date ? "predictions_end_date" : NULL;
}

void
drs_options_require_stop(const Options *options)
{
	if (options->write.on_error != ON_ERROR_STOP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows of time series cannot be rejected one by one"),
				 errdetail("To find a bad row, the series that it is in would have to be"
						   " divided."),
				 errhint("Leave out \"on_error\".")));
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

		if ((def->flags & OPTION_IS_PARAMETER) == 0)
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

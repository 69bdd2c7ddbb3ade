/*
 * batchcreate.c
 *		The functions that create batch jobs from a specification: batch_create,
 *		batch_score, and batch_score_s3, batch_score_azure, batch_score_gcp; and
 *		batch_preview, which only shows it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

#include "base/hiddenstatement.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "batch/job.h"
#include "batch/jobspec.h"
#include "batch/specnames.h"
#include "sql/arguments.h"
#include "sql/jobrow.h"
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_create);
PG_FUNCTION_INFO_V1(drs_batch_preview);
PG_FUNCTION_INFO_V1(drs_batch_score);
PG_FUNCTION_INFO_V1(drs_batch_score_s3);
PG_FUNCTION_INFO_V1(drs_batch_score_azure);
PG_FUNCTION_INFO_V1(drs_batch_score_gcp);

/* ---- from a specification to a job */

/* The last arguments of the function are strict, server and options. */
static Jsonb *
check_spec(FunctionCallInfo fcinfo, const Endpoint *endpoint, Jsonb *spec)
{
	int			strict = PG_NARGS() - 3;

	spec = drs_specnames_default(spec, endpoint->options.server.deployment);
	return drs_jobspec_check(spec, JOBSPEC_WHOLE,
							 PG_ARGISNULL(strict) || PG_GETARG_BOOL(strict));
}

static Job *
create_job(FunctionCallInfo fcinfo, Jsonb *spec)
{
	Endpoint   *endpoint = drs_jobs_endpoint(fcinfo);
	PublicApi  *api;
	Job		   *job;

	spec = check_spec(fcinfo, endpoint, spec);
	endpoint->secrets = list_concat(endpoint->secrets, drs_jobspec_secrets(spec));
	api = drs_api_open(endpoint);
	job = drs_job_create(api, drs_specnames_resolve(api, spec));
	drs_api_close(api);
	return job;
}

/* Makes a specification of a function's arguments. */
typedef Jsonb *(*ReadSpec) (FunctionCallInfo fcinfo);

/*
 * The same as the result of a function.  The text of the call is hidden if there is a secret
 * in the specification, or may be one because it could not be read.
 */
static Datum
return_job(FunctionCallInfo fcinfo, ReadSpec read)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile bool hides = true;
	Job		   *volatile job = NULL;

	PG_TRY();
	{
		Jsonb	   *spec = read(fcinfo);

		hides = drs_jobspec_secrets(spec) != NIL;
		if (hides)
			drs_jobs_hide_call(fcinfo);
		job = create_job(fcinfo, spec);
	}
	PG_CATCH();
	{
		if (hides)
			drs_hiddenstatement_rethrow(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return drs_jobrow(fcinfo, job);
}

pg_noreturn static void
refuse_null(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be NULL", what)));
}

static Jsonb *
read_document(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		refuse_null("the specification");
	return PG_GETARG_JSONB_P_COPY(0);
}

Datum
drs_batch_create(PG_FUNCTION_ARGS)
{
	return return_job(fcinfo, read_document);
}

Datum
drs_batch_preview(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = CurrentMemoryContext;
	Jsonb	   *volatile shown = NULL;

	PG_TRY();
	{
		Jsonb	   *spec = check_spec(fcinfo, drs_jobs_endpoint(fcinfo), read_document(fcinfo));

		shown = drs_jobspec_redact(&spec->root);
	}
	PG_CATCH();
	{
		drs_hiddenstatement_rethrow(cxt);
	}
	PG_END_TRY();
	PG_RETURN_JSONB_P(shown);
}

/* ---- named arguments */

typedef enum ArgumentForm
{
	ARGUMENT_TEXT,				/* also a quantity */
	ARGUMENT_BOOL,
	ARGUMENT_NAMES,				/* text[] */
	ARGUMENT_DOCUMENT
} ArgumentForm;

typedef struct NamedArgument
{
	const char *name;			/* of the field as well */
	ArgumentForm form;
} NamedArgument;

/* In the order of the function's arguments. */
static const NamedArgument score_arguments[] = {
	{"deployment", ARGUMENT_TEXT},
	{"intake_settings", ARGUMENT_DOCUMENT},
	{"output_settings", ARGUMENT_DOCUMENT},
	{"csv_settings", ARGUMENT_DOCUMENT},
	{"timeseries_settings", ARGUMENT_DOCUMENT},
	{"num_concurrent", ARGUMENT_TEXT},
	{"chunk_size", ARGUMENT_TEXT},
	{"passthrough_columns", ARGUMENT_NAMES},
	{"passthrough_columns_set", ARGUMENT_TEXT},
	{"max_explanations", ARGUMENT_TEXT},
	{"max_ngram_explanations", ARGUMENT_TEXT},
	{"explanation_algorithm", ARGUMENT_TEXT},
	{"explanation_num_top_classes", ARGUMENT_TEXT},
	{"explanation_class_names", ARGUMENT_NAMES},
	{"threshold_high", ARGUMENT_TEXT},
	{"threshold_low", ARGUMENT_TEXT},
	{"prediction_threshold", ARGUMENT_TEXT},
	{"prediction_warning_enabled", ARGUMENT_BOOL},
	{"include_prediction_status", ARGUMENT_BOOL},
	{"skip_drift_tracking", ARGUMENT_BOOL},
	{"prediction_instance", ARGUMENT_DOCUMENT},
	{"abort_on_error", ARGUMENT_BOOL},
	{"disable_row_level_error_handling", ARGUMENT_BOOL},
	{"column_names_remapping", ARGUMENT_DOCUMENT},
	{"include_probabilities", ARGUMENT_BOOL},
	{"include_probabilities_classes", ARGUMENT_NAMES},
	{"model_id", ARGUMENT_TEXT},
	{"model_package_id", ARGUMENT_TEXT},
	{"pinned_model_id", ARGUMENT_TEXT},
	{"secondary_datasets_config_id", ARGUMENT_TEXT},
};

static void
append_argument(StringInfo json, FunctionCallInfo fcinfo, int arg, const NamedArgument *named)
{
	drs_jsonbtext_name(json, named->name);
	switch (named->form)
	{
		case ARGUMENT_TEXT:
			escape_json(json, drs_argument_text(fcinfo, arg));
			break;
		case ARGUMENT_BOOL:
			appendStringInfoString(json, PG_GETARG_BOOL(arg) ? "true" : "false");
			break;
		case ARGUMENT_NAMES:
			drs_jsonbtext_strings(json, drs_argument_names(fcinfo, arg, named->name));
			break;
		case ARGUMENT_DOCUMENT:
			(void) JsonbToCString(json, &PG_GETARG_JSONB_P(arg)->root, 0);
			break;
	}
}

static Jsonb *
read_named(FunctionCallInfo fcinfo)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < (int) lengthof(score_arguments); i++)
		if (!PG_ARGISNULL(i))
			append_argument(&json, fcinfo, i, &score_arguments[i]);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

Datum
drs_batch_score(PG_FUNCTION_ARGS)
{
	return return_job(fcinfo, read_named);
}

/* ---- from a bucket to a bucket */

/* A settings object of the type. */
static void
append_settings(StringInfo json, const char *name, const char *type, const char *url,
				const char *credential, const char *endpoint_url)
{
	const char *const members[][2] = {
		{"type", type}, {"url", url}, {"credential", credential}, {"endpoint_url", endpoint_url}
	};

	drs_jsonbtext_name(json, name);
	appendStringInfoChar(json, '{');
	for (size_t i = 0; i < lengthof(members); i++)
		if (members[i][1])
			drs_jsonbtext_text(json, members[i][0], members[i][1]);
	appendStringInfoChar(json, '}');
}

/* The other fields, none of which may be one that the arguments say. */
static void
append_rest(StringInfo json, Jsonb *spec, bool has_deployment)
{
	static const char *const said[] = {"intakeSettings", "outputSettings", "deployment"};
	JsonbCursor cursor;

	if (!JB_ROOT_IS_OBJECT(spec))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"spec\" must be a JSON object")));
	cursor = drs_jsonb_open(&spec->root);
	while (drs_jsonb_next(&cursor))
	{
		const char *wire = drs_jobspec_wire_name(cursor.name);

		for (int i = 0; wire && i < (int) lengthof(said) - !has_deployment; i++)
			if (strcmp(said[i], wire) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("option \"%s\" is given twice", cursor.name),
						 errdetail("Arguments of the call say it, too.")));
		drs_jsonbtext_name(json, cursor.name);
		drs_jsonbtext_append(json, &cursor.value);
	}
}

/* The arguments: deployment, source, destination, credential, endpoint_url of s3, spec... */
static Jsonb *
read_bucket(FunctionCallInfo fcinfo, const char *type, bool has_endpoint)
{
	char	   *source = drs_argument_text(fcinfo, 1);
	char	   *destination = drs_argument_text(fcinfo, 2);
	char	   *credential = drs_argument_text(fcinfo, 3);
	char	   *endpoint_url = has_endpoint ? drs_argument_text(fcinfo, 4) : NULL;
	int			rest = has_endpoint ? 5 : 4;
	StringInfoData json;

	if (source == NULL || destination == NULL)
		refuse_null(source == NULL ? "source_url" : "destination_url");
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (!PG_ARGISNULL(0))
		drs_jsonbtext_text(&json, "deployment", drs_argument_text(fcinfo, 0));
	append_settings(&json, "intakeSettings", type, source, credential, endpoint_url);
	append_settings(&json, "outputSettings", type, destination, credential, endpoint_url);
	if (!PG_ARGISNULL(rest))
		append_rest(&json, PG_GETARG_JSONB_P_COPY(rest), !PG_ARGISNULL(0));
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

static Jsonb *
read_s3(FunctionCallInfo fcinfo)
{
	return read_bucket(fcinfo, "s3", true);
}

static Jsonb *
read_azure(FunctionCallInfo fcinfo)
{
	return read_bucket(fcinfo, "azure", false);
}

static Jsonb *
read_gcp(FunctionCallInfo fcinfo)
{
	return read_bucket(fcinfo, "gcp", false);
}

Datum
drs_batch_score_s3(PG_FUNCTION_ARGS)
{
	return return_job(fcinfo, read_s3);
}

Datum
drs_batch_score_azure(PG_FUNCTION_ARGS)
{
	return return_job(fcinfo, read_azure);
}

Datum
drs_batch_score_gcp(PG_FUNCTION_ARGS)
{
	return return_job(fcinfo, read_gcp);
}

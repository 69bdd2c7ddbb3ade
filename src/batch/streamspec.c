/*
 * streamspec.c
 *		Writes the specification of a job by the options of a call.
 */
#include "postgres.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "batch/jobspec.h"
#include "batch/streamspec.h"

/* Fields that are ours to set, or that other options set. */
static const char *const own_fields[] = {
	"deploymentId", "modelId", "modelPackageId", "intakeSettings", "outputSettings",
	"passthroughColumns", "passthroughColumnsSet", "includePredictionStatus", "abortOnError",
	"skipDriftTracking", "columnNamesRemapping", "timeseriesSettings", "batchJobType",
	"maxExplanations", "maxNgramExplanations", "explanationAlgorithm",
	"explanationNumTopClasses", "explanationClassNames", "thresholdHigh", "thresholdLow",
	"predictionWarningEnabled"
};

static void
refuse_own_fields(Jsonb *settings)
{
	JsonbCursor cursor = drs_jsonb_open(&settings->root);

	while (drs_jsonb_next(&cursor))
		for (size_t i = 0; i < lengthof(own_fields); i++)
			if (strcmp(own_fields[i], cursor.name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("\"%s\" cannot be set by the option \"batch_settings\"",
								cursor.name),
						 errdetail("The call itself, or another option, sets it.")));
}

/* Options of calls are no place for secrets: the ledger stores them, and the log shows them. */
static void
refuse_secrets(const Jsonb *settings)
{
	if (drs_jobspec_secrets(settings) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"batch_settings\" must not contain a secret"),
				 errdetail("Options of calls can be read in the ledger."),
				 errhint("datarobot.batch_create() takes a specification with secrets."),
				 errhidestmt(true),
				 errhidecontext(true)));
}

StreamSpec *
drs_streamspec_of(const Options *options)
{
	StreamSpec *spec = palloc0(sizeof(StreamSpec));
	JsonbContainer *csv = NULL;

	if (options->batch.batch_settings)
	{
		JsonbCursor cursor;

		spec->settings = drs_jobspec_check(options->batch.batch_settings, JOBSPEC_PART, true);
		refuse_own_fields(spec->settings);
		refuse_secrets(spec->settings);
		cursor = drs_jsonb_open(&spec->settings->root);
		while (drs_jsonb_next(&cursor))
			if (strcmp(cursor.name, "csvSettings") == 0 && cursor.value.type == jbvBinary)
				csv = cursor.value.val.binary.data;
	}
	spec->dialect = drs_csvdialect_of(csv);
	return spec;
}

/* Append a member to an object that is still open; value is JSON. */
static void
add_field(StringInfo json, const char *name, const char *value)
{
	drs_jsonbtext_name(json, name);
	appendStringInfoString(json, value);
}

static void
add_list(StringInfo json, const char *name, List *texts)
{
	drs_jsonbtext_name(json, name);
	drs_jsonbtext_strings(json, texts);
}

/* Parameters have their text on the wire: a number, a truth value or a word. */
static void
add_parameter(const char *name, const char *wire_name, const char *value, void *arg)
{
	StringInfo	json = arg;

	if (strcmp(name, "explanation_class_names") == 0)
		return;					/* one field for all of them */
	if (value[0] == '-' || isdigit((unsigned char) value[0]) || strcmp(value, "true") == 0 ||
		strcmp(value, "false") == 0)
		add_field(json, wire_name, value);
	else
		drs_jsonbtext_text(json, wire_name, value);
}

static void
add_parameters(StringInfo json, const Options *options)
{
	drs_options_visit_parameters(options, add_parameter, json);
	if (options->parameters.explanation_class_names != NIL)
		add_list(json, "explanationClassNames", options->parameters.explanation_class_names);
	if (options->transfer.skip_drift_tracking)
		add_field(json, "skipDriftTracking", "true");
	/* a limit of the call's own takes the place of the service's */
	if (!options->write.abort_on_error || options->write.reject_limit)
		add_field(json, "abortOnError", "false");
}

Jsonb *
drs_streamspec_job(const StreamSpec *spec, const Options *options, const char *deployment,
				   List *passed, bool multipart)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, "deploymentId", deployment);
	add_field(&json, "intakeSettings",
			  multipart ? "{\"type\": \"localFile\", \"multipart\": true, \"async\": false}" :
			  "{\"type\": \"localFile\"}");
	add_field(&json, "outputSettings", "{\"type\": \"localFile\"}");
	add_list(&json, "passthroughColumns", passed);
	add_field(&json, "includePredictionStatus", "true");
	add_parameters(&json, options);
	if (spec->settings)
	{
		JsonbCursor cursor = drs_jsonb_open(&spec->settings->root);

		while (drs_jsonb_next(&cursor))
		{
			drs_jsonbtext_name(&json, cursor.name);
			drs_jsonbtext_append(&json, &cursor.value);
		}
	}
	appendStringInfoChar(&json, '}');
	return drs_jobspec_check(drs_jsonbtext_parse(json.data), JOBSPEC_WHOLE, true);
}

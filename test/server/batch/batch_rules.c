#include "batch/batch_rules.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/command_line.h"
#include "base/timestamps.h"
#include "batch/batch_bucket.h"
#include "batch/batch_settings.h"
#include "batch/batch_spec.h"
#include "model/registry.h"

static const char unknown_credential[] = "000000000000000000000000";

static void
complain(json_t *errors, const char *field, const char *why)
{
	batch_fields_error(errors, "", field, why);
}

/* ---- what is scored */

static void
check_model(const struct batch_spec *s, json_t *errors)
{
	static const char *const names[] = {"deploymentId", "modelId", "modelPackageId"};
	const char *given = NULL;
	int			count = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (batch_member(s->json, names[i]))
		{
			given = names[i];
			count++;
		}
	if (count != 1)
		complain(errors, given ? given : names[0],
				 "exactly one of deploymentId, modelId and modelPackageId is required");
	else if (!s->deployment)
		complain(errors, given, "does not exist, or you have no access to it");
	else if (s->deployment->kind == DEPLOYMENT_EXTERNAL
			 || s->deployment->kind == DEPLOYMENT_UNSTRUCTURED)
		complain(errors, given, "batch predictions are not available for this model");
}

static bool
has_class(const struct deployment *d, const char *name)
{
	for (size_t i = 0; i < d->n_classes; i++)
		if (strcmp(d->classes[i], name) == 0)
			return true;
	return false;
}

static void
check_classes(const struct batch_spec *s, const char *field, json_t *errors)
{
	size_t		i;
	const json_t *name;

	json_array_foreach(batch_member(s->json, field), i, name)
		if (!has_class(s->deployment, json_string_value(name)))
			complain(errors, field, "the model has no class of this name");
}

static void
check_explanations(const struct batch_spec *s, json_t *errors)
{
	const struct deployment *d = s->deployment;
	bool		several = batch_member(s->json, "explanationNumTopClasses") != NULL;
	bool		named = json_array_size(batch_member(s->json, "explanationClassNames")) > 0;

	if (s->params.max_explanations > 0 && d->algorithm == ALGORITHM_NONE)
		complain(errors, "maxExplanations", "not available for this model");
	if (s->params.algorithm != ALGORITHM_NONE && !deployment_explains(d, s->params.algorithm))
		complain(errors, "explanationAlgorithm", "not available for this model");
	if (several && named)
		complain(errors, "explanationClassNames",
				 "explanationNumTopClasses and explanationClassNames are mutually exclusive");
	if ((several || named) && d->kind != DEPLOYMENT_MULTICLASS)
		complain(errors, named ? "explanationClassNames" : "explanationNumTopClasses",
				 "not available for this model");
	else
		check_classes(s, "explanationClassNames", errors);
}

static void
check_outputs(const struct batch_spec *s, json_t *errors)
{
	const struct deployment *d = s->deployment;

	check_explanations(s, errors);
	check_classes(s, "includeProbabilitiesClasses", errors);
	if (s->params.has_threshold && d->kind != DEPLOYMENT_BINARY)
		complain(errors, "predictionThreshold", "the model has not two classes");
	if (s->params.warnings && !(d->kind == DEPLOYMENT_REGRESSION && d->has_bounds))
		complain(errors, "predictionWarningEnabled",
				 "the model is no regression with prediction boundaries");
	if (strcmp(batch_text(s->json, "batchJobType"), "prediction") != 0)
		complain(errors, "batchJobType", "monitoring is not available on this installation");
}

/* ---- time series */

static void
check_time_series(const struct batch_spec *s, json_t *errors)
{
	const json_t *settings = batch_member(s->json, "timeseriesSettings");
	const char *type = batch_text(settings, "type");
	const struct parameters *p = &s->params;

	if (settings && !s->deployment->time)
		complain(errors, "timeseriesSettings", "the model is no time series model");
	if (batch_member(settings, "forecastPoint") && batch_member(settings, "forecastPointPolicy"))
		complain(errors, "timeseriesSettings.forecastPointPolicy",
				 "cannot be combined with forecastPoint");
	if (!batch_member(settings, "predictionsStartDate")
		!= !batch_member(settings, "predictionsEndDate"))
		complain(errors, "timeseriesSettings.predictionsStartDate",
				 "predictionsStartDate and predictionsEndDate must be passed together");
	else if (p->has_start && p->start > p->end)
		complain(errors, "timeseriesSettings.predictionsStartDate",
				 "predictionsStartDate must not be after predictionsEndDate");
	if (type && strcmp(type, "training") == 0 && strcmp(s->intake->name, "dss") != 0)
		complain(errors, "timeseriesSettings.type", "training needs an intake of type dss");
}

/* ---- intake and output */

static void
check_place(const json_t *settings, const struct batch_type *type, const char *prefix,
			json_t *errors)
{
	const char *url = batch_text(settings, "url");
	const char *credential = batch_text(settings, "credentialId");

	if (url && type->reach == REACH_BUCKET && !batch_bucket_is_url(type->name, url))
		batch_fields_error(errors, prefix, "url", "value is not a URL of this type");
	if (credential && strcmp(credential, unknown_credential) == 0)
		batch_fields_error(errors, prefix, "credentialId", "the credential does not exist");
}

static void
check_intake(const struct batch_spec *s, json_t *errors)
{
	static const char prefix[] = "intakeSettings.";
	const json_t *from = s->from;
	char		path[4096];

	check_place(from, s->intake, prefix, errors);
	if (batch_is_word("jdbc snowflake synapse", s->intake->name)
		&& !batch_member(from, "query") == !batch_member(from, "table"))
		batch_fields_error(errors, prefix, "query", "either query or table is required");
	if (s->intake->reach == REACH_STORED && options.buckets
		&& !batch_bucket_path(from, path, sizeof path) && access(path, R_OK) != 0)
		batch_fields_error(errors, prefix, "type",
						   "the dataset does not exist, or has no snapshot");
	if (s->multipart && !batch_setting(SETTING_MULTIPART))
		batch_fields_error(errors, prefix, "multipart", "multipart is not allowed key");
}

static void
check_statement(const json_t *to, json_t *errors)
{
	static const char prefix[] = "outputSettings.";
	static const char *const lists[] = {"updateColumns", "whereColumns"};
	const char *statement = batch_text(to, "statementType");
	bool		staged = batch_member(to, "externalStage")
		|| batch_member(to, "externalDataSource") || batch_member(to, "externalDatasource");

	if (batch_is_word("update insertUpdate insert_update", statement))
		for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
			if (json_array_size(batch_member(to, lists[i])) == 0)
				batch_fields_error(errors, prefix, lists[i],
								   "is required for this statement type");
	if (staged && strcmp(statement, "insert") != 0)
		batch_fields_error(errors, prefix, "statementType",
						   "only insert is available with external storage");
}

static void
check_output(const struct batch_spec *s, json_t *errors)
{
	static const char prefix[] = "outputSettings.";
	const char *format = batch_text(s->to, "format");
	const char *url = batch_text(s->to, "url");
	const char *source = batch_text(s->from, "url");

	check_place(s->to, s->output, prefix, errors);
	if (batch_member(s->to, "statementType"))
		check_statement(s->to, errors);
	if (batch_member(s->to, "partitionColumns") && (!format || strcmp(format, "parquet") != 0))
		batch_fields_error(errors, prefix, "partitionColumns", "only for the format parquet");
	if (url && source && strcmp(url, source) == 0)
		batch_fields_error(errors, prefix, "url", "intake and output have the same URL");
}

void
batch_rules_check(const struct batch_spec *s, json_t *errors)
{
	check_model(s, errors);
	check_intake(s, errors);
	check_output(s, errors);
	if (!s->deployment)
		return;
	check_outputs(s, errors);
	check_time_series(s, errors);
}

#include "batch/batch_forms.h"

#include <string.h>

#include "input/charset.h"

static const double LARGE = 9007199254740992.0;

#define ANY 0, 0, NULL

/* ---- the specification */

static const struct batch_field top[] = {
	{"deploymentId", FIELD_ID, false, ANY},
	{"modelId", FIELD_ID, false, ANY},
	{"modelPackageId", FIELD_ID, false, ANY},
	{"pinnedModelId", FIELD_ID, false, ANY},
	{"intakeSettings", FIELD_OBJECT, false, ANY},
	{"outputSettings", FIELD_OBJECT, false, ANY},
	{"csvSettings", FIELD_OBJECT, false, ANY},
	{"timeseriesSettings", FIELD_OBJECT, false, ANY},
	{"numConcurrent", FIELD_INT, false, 1, LARGE, NULL},
	{"chunkSize", FIELD_INT_OR_CHOICE, false, 20, 41943040, "auto fixed dynamic"},
	{"passthroughColumns", FIELD_TEXTS, false, ANY},
	{"passthroughColumnsSet", FIELD_CHOICE, false, 0, 0, "all"},
	{"maxExplanations", FIELD_INT, false, 0, 100, NULL},
	{"maxNgramExplanations", FIELD_INT_OR_CHOICE, false, 0, LARGE, "all"},
	{"explanationAlgorithm", FIELD_CHOICE, false, 0, 0, "shap xemp"},
	{"explanationNumTopClasses", FIELD_INT, false, 1, 10, NULL},
	{"explanationClassNames", FIELD_TEXTS, false, ANY},
	{"thresholdHigh", FIELD_NUMBER, false, ANY},
	{"thresholdLow", FIELD_NUMBER, false, ANY},
	{"predictionThreshold", FIELD_NUMBER, false, 0, 1, NULL},
	{"predictionWarningEnabled", FIELD_BOOL, false, ANY},
	{"includePredictionStatus", FIELD_BOOL, false, ANY},
	{"includeProbabilities", FIELD_BOOL, false, ANY},
	{"includeProbabilitiesClasses", FIELD_TEXTS, false, ANY},
	{"skipDriftTracking", FIELD_BOOL, false, ANY},
	{"abortOnError", FIELD_BOOL, false, ANY},
	{"disableRowLevelErrorHandling", FIELD_BOOL, false, ANY},
	{"columnNamesRemapping", FIELD_OBJECT_OR_LIST, false, ANY},
	{"predictionInstance", FIELD_OBJECT, false, ANY},
	{"secondaryDatasetsConfigId", FIELD_ID, false, ANY},
	{"batchJobType", FIELD_CHOICE, false, 0, 0, "prediction monitoring"},
	{"monitoringBatchPrefix", FIELD_TEXT, false, ANY},
	{"monitoringColumns", FIELD_OBJECT, false, ANY},
	{"monitoringOutputSettings", FIELD_OBJECT, false, ANY},
	{"monitoringAggregation", FIELD_OBJECT, false, ANY},
	{0}
};

static const struct batch_field csv[] = {
	{"delimiter", FIELD_TEXT, false, ANY},
	{"quotechar", FIELD_TEXT, false, ANY},
	{"encoding", FIELD_TEXT, false, ANY},
	{0}
};

static const struct batch_field instance[] = {
	{"hostName", FIELD_TEXT, true, ANY},
	{"sslEnabled", FIELD_BOOL, false, ANY},
	{"apiKey", FIELD_TEXT, false, ANY},
	{"datarobotKey", FIELD_TEXT, false, ANY},
	{0}
};

static const struct batch_field mapping[] = {
	{"inputName", FIELD_TEXT, true, ANY},
	{"outputName", FIELD_TEXT, false, ANY},
	{0}
};

/* ---- time series, by "type" */

static const struct batch_field kind_only[] = {
	{"type", FIELD_TEXT, true, ANY},
	{0}
};

static const struct batch_field forecast[] = {
	{"type", FIELD_TEXT, false, ANY},
	{"forecastPoint", FIELD_TIME, false, ANY},
	{"forecastPointPolicy", FIELD_OBJECT, false, ANY},
	{"relaxKnownInAdvanceFeaturesCheck", FIELD_BOOL, false, ANY},
	{0}
};

static const struct batch_field historical[] = {
	{"type", FIELD_TEXT, true, ANY},
	{"predictionsStartDate", FIELD_TIME, false, ANY},
	{"predictionsEndDate", FIELD_TIME, false, ANY},
	{"relaxKnownInAdvanceFeaturesCheck", FIELD_BOOL, false, ANY},
	{0}
};

static const struct batch_field training[] = {
	{"type", FIELD_TEXT, true, ANY},
	{"relaxKnownInAdvanceFeaturesCheck", FIELD_BOOL, false, ANY},
	{0}
};

static const struct batch_field policy[] = {
	{"type", FIELD_TEXT, true, ANY},
	{"configuration", FIELD_OBJECT, true, ANY},
	{0}
};

static const struct batch_field policy_configuration[] = {
	{"offset", FIELD_TEXT, true, ANY},
	{0}
};

/* ---- intake */

#define FORMAT {"format", FIELD_CHOICE, false, 0, 0, "csv parquet"}
#define CREDENTIAL {"credentialId", FIELD_ID, false, ANY}
#define CLOUD_CREDENTIAL {"cloudStorageCredentialId", FIELD_ID, false, ANY}
#define URL {"url", FIELD_TEXT, true, ANY}
#define STORE {"dataStoreId", FIELD_ID, true, ANY}
#define TABLE {"table", FIELD_TEXT, false, ANY}
#define SCHEMA {"schema", FIELD_TEXT, false, ANY}
#define CATALOG {"catalog", FIELD_TEXT, false, ANY}
#define QUERY {"query", FIELD_TEXT, false, ANY}

static const struct batch_field local_intake[] = {
	{"async", FIELD_BOOL, false, ANY},
	{"multipart", FIELD_BOOL, false, ANY},
	{0}
};
static const struct batch_field s3_intake[] = {
	URL, CREDENTIAL, FORMAT, {"endpointUrl", FIELD_TEXT, false, ANY}, {0}
};
static const struct batch_field object_intake[] = {URL, CREDENTIAL, FORMAT, {0}};
static const struct batch_field http_intake[] = {URL, {0}};
static const struct batch_field jdbc_intake[] = {
	STORE, CREDENTIAL, QUERY, TABLE, SCHEMA, CATALOG,
	{"fetchSize", FIELD_INT, false, 1, 1000000, NULL}, {0}
};
static const struct batch_field bigquery[] = {
	{"dataset", FIELD_TEXT, true, ANY},
	{"table", FIELD_TEXT, true, ANY},
	{"bucket", FIELD_TEXT, true, ANY},
	CREDENTIAL, {0}
};
static const struct batch_field snowflake_intake[] = {
	STORE, CREDENTIAL, QUERY, TABLE, SCHEMA, CATALOG, CLOUD_CREDENTIAL,
	{"externalStage", FIELD_TEXT, false, ANY},
	{"cloudStorageType", FIELD_CHOICE, false, 0, 0, "s3 azure gcp"}, {0}
};
static const struct batch_field synapse_intake[] = {
	STORE, CREDENTIAL, QUERY, TABLE, SCHEMA, CLOUD_CREDENTIAL,
	{"externalDataSource", FIELD_TEXT, false, ANY},
	{"externalDatasource", FIELD_TEXT, false, ANY}, {0}
};
static const struct batch_field table_intake[] = {
	STORE, CREDENTIAL, CATALOG, {"table", FIELD_TEXT, true, ANY},
	{"schema", FIELD_TEXT, true, ANY}, {0}
};
static const struct batch_field dataset[] = {
	{"datasetId", FIELD_ID, true, ANY},
	{"datasetVersionId", FIELD_ID, false, ANY}, {0}
};
static const struct batch_field dss[] = {
	{"projectId", FIELD_ID, true, ANY},
	{"datasetId", FIELD_ID, false, ANY},
	{"partition", FIELD_CHOICE, false, 0, 0, "holdout validation allBacktests"}, {0}
};
static const struct batch_field data_stage[] = {{"dataStageId", FIELD_ID, true, ANY}, {0}};
static const struct batch_field file_path[] = {{"path", FIELD_TEXT, true, ANY}, {0}};

static const struct batch_type intakes[] = {
	{"localFile", REACH_LOCAL, local_intake},
	{"s3", REACH_BUCKET, s3_intake},
	{"azure", REACH_BUCKET, object_intake},
	{"gcp", REACH_BUCKET, object_intake},
	{"http", REACH_BUCKET, http_intake},
	{"fileSystem", REACH_BUCKET, file_path},
	{"filesystem", REACH_BUCKET, file_path},
	{"dataset", REACH_STORED, dataset},
	{"dss", REACH_STORED, dss},
	{"dataStage", REACH_STORED, data_stage},
	{"jdbc", REACH_DATABASE, jdbc_intake},
	{"snowflake", REACH_DATABASE, snowflake_intake},
	{"synapse", REACH_DATABASE, synapse_intake},
	{"bigquery", REACH_DATABASE, bigquery},
	{"datasphere", REACH_DATABASE, table_intake},
	{"databricks", REACH_DATABASE, table_intake},
	{"trino", REACH_DATABASE, table_intake},
};

/* ---- output */

#define PARTITION {"partitionColumns", FIELD_TEXTS, false, ANY}
#define STATEMENTS "insert update insertUpdate insert_update createTable create_table"
#define WRITTEN_TABLE STORE, CREDENTIAL, CATALOG, SCHEMA, {"table", FIELD_TEXT, true, ANY}, \
	{"statementType", FIELD_CHOICE, true, 0, 0, STATEMENTS}, \
	{"createTableIfNotExists", FIELD_BOOL, false, ANY}, \
	{"updateColumns", FIELD_TEXTS, false, ANY}, \
	{"whereColumns", FIELD_TEXTS, false, ANY}, \
	{"commitInterval", FIELD_INT, false, 0, 86400, NULL}

static const struct batch_field nothing[] = {{0}};
static const struct batch_field s3_output[] = {
	URL, CREDENTIAL, FORMAT, PARTITION,
	{"endpointUrl", FIELD_TEXT, false, ANY},
	{"serverSideEncryption", FIELD_OBJECT, false, ANY}, {0}
};
static const struct batch_field object_output[] = {URL, CREDENTIAL, FORMAT, PARTITION, {0}};
static const struct batch_field http_output[] = {
	URL, {"method", FIELD_CHOICE, false, 0, 0, "POST PUT"},
	{"headers", FIELD_OBJECT, false, ANY}, {0}
};
static const struct batch_field jdbc_output[] = {WRITTEN_TABLE, {0}};
static const struct batch_field snowflake_output[] = {
	WRITTEN_TABLE, CLOUD_CREDENTIAL,
	{"externalStage", FIELD_TEXT, false, ANY},
	{"cloudStorageType", FIELD_CHOICE, false, 0, 0, "s3 azure gcp"},
	{"endpointUrl", FIELD_TEXT, false, ANY}, {0}
};
static const struct batch_field synapse_output[] = {
	WRITTEN_TABLE, CLOUD_CREDENTIAL,
	{"externalDataSource", FIELD_TEXT, false, ANY},
	{"externalDatasource", FIELD_TEXT, false, ANY}, {0}
};
static const struct batch_field table_output[] = {
	STORE, CREDENTIAL, CATALOG, {"table", FIELD_TEXT, true, ANY},
	{"schema", FIELD_TEXT, true, ANY}, {0}
};
static const struct batch_field tableau[] = {
	URL, {"siteName", FIELD_TEXT, true, ANY}, {"dataSourceId", FIELD_TEXT, false, ANY},
	{"overwrite", FIELD_BOOL, false, ANY}, CREDENTIAL, {0}
};
static const struct batch_field encryption[] = {
	{"algorithm", FIELD_TEXT, false, ANY},
	{"customerAlgorithm", FIELD_TEXT, false, ANY},
	{"customerKey", FIELD_TEXT, false, ANY},
	{"kmsEncryptionContext", FIELD_TEXT, false, ANY},
	{"kmsKeyId", FIELD_TEXT, false, ANY},
	{0}
};

static const struct batch_type outputs[] = {
	{"localFile", REACH_LOCAL, nothing},
	{"s3", REACH_BUCKET, s3_output},
	{"azure", REACH_BUCKET, object_output},
	{"gcp", REACH_BUCKET, object_output},
	{"http", REACH_BUCKET, http_output},
	{"fileSystem", REACH_BUCKET, file_path},
	{"filesystem", REACH_BUCKET, file_path},
	{"jdbc", REACH_DATABASE, jdbc_output},
	{"snowflake", REACH_DATABASE, snowflake_output},
	{"synapse", REACH_DATABASE, synapse_output},
	{"bigquery", REACH_DATABASE, bigquery},
	{"datasphere", REACH_DATABASE, table_output},
	{"databricks", REACH_DATABASE, table_output},
	{"trino", REACH_DATABASE, table_output},
	{"tableau", REACH_DATABASE, tableau},
};

static const struct batch_type *
find_type(const struct batch_type *types, size_t n, const json_t *settings)
{
	const char *name = batch_text(settings, "type");

	for (size_t i = 0; i < n; i++)
		if (strcmp(types[i].name, name ? name : "localFile") == 0)
			return &types[i];
	return NULL;
}

const struct batch_type *
batch_intake_type(const json_t *settings)
{
	return find_type(intakes, sizeof intakes / sizeof *intakes, settings);
}

const struct batch_type *
batch_output_type(const json_t *settings)
{
	return find_type(outputs, sizeof outputs / sizeof *outputs, settings);
}

/* ---- checks */

static void
check_settings(const json_t *settings, const struct batch_type *type, const char *prefix,
			   json_t *errors)
{
	if (!json_is_object(settings))
		return;
	if (!batch_text(settings, "type"))
		batch_fields_error(errors, prefix, "type", "is required");
	else if (!type)
		batch_fields_error(errors, prefix, "type", "value doesn't match any variant");
	else
		batch_fields_check(settings, type->fields, kind_only, prefix, errors);
}

static bool
is_one_character(const char *text)
{
	return !text || strlen(text) == 1;
}

static void
check_csv(const json_t *settings, json_t *errors)
{
	const char *prefix = "csvSettings.";
	const char *delimiter = batch_text(settings, "delimiter");
	const char *encoding = batch_text(settings, "encoding");
	char		name[64];

	if (!json_is_object(settings))
		return;
	batch_fields_check(settings, csv, NULL, prefix, errors);
	if (!is_one_character(delimiter) && strcmp(delimiter, "tab") != 0)
		batch_fields_error(errors, prefix, "delimiter", "value is not one character, nor tab");
	if (!is_one_character(batch_text(settings, "quotechar")))
		batch_fields_error(errors, prefix, "quotechar", "value is not one character");
	if (encoding && (!charset_name(encoding, name, sizeof name) || !charset_is_known(name)))
		batch_fields_error(errors, prefix, "encoding", "unknown encoding");
}

static void
check_time_series(const json_t *settings, json_t *errors)
{
	const char *prefix = "timeseriesSettings.";
	const char *type = batch_text(settings, "type");
	const json_t *point = batch_member(settings, "forecastPointPolicy");
	const json_t *configuration = batch_member(point, "configuration");

	if (!json_is_object(settings))
		return;
	if (!type || strcmp(type, "forecast") == 0)
		batch_fields_check(settings, forecast, NULL, prefix, errors);
	else if (strcmp(type, "historical") == 0)
		batch_fields_check(settings, historical, NULL, prefix, errors);
	else if (strcmp(type, "training") == 0)
		batch_fields_check(settings, training, NULL, prefix, errors);
	else
		batch_fields_error(errors, prefix, "type", "value doesn't match any variant");
	if (json_is_object(point))
		batch_fields_check(point, policy, NULL, "timeseriesSettings.forecastPointPolicy.", errors);
	if (json_is_object(configuration))
		batch_fields_check(configuration, policy_configuration, NULL,
						   "timeseriesSettings.forecastPointPolicy.configuration.", errors);
}

/* An object of old to new name, or a list of pairs; null or false drops the column. */
static void
check_remapping(const json_t *remapping, json_t *errors)
{
	const char *name;
	json_t	   *value;
	size_t		i;

	json_object_foreach((json_t *) remapping, name, value)
		if (!json_is_string(value) && !json_is_null(value) && !json_is_false(value))
			batch_fields_error(errors, "columnNamesRemapping.", name, "value is not a string");
	json_array_foreach(remapping, i, value)
		if (!json_is_object(value))
			batch_fields_error(errors, "", "columnNamesRemapping", "an item is not dict");
		else
			batch_fields_check(value, mapping, NULL, "columnNamesRemapping.", errors);
}

void
batch_forms_check(const json_t *spec, const struct batch_field *more, json_t *errors)
{
	const json_t *in = batch_member(spec, "intakeSettings");
	const json_t *out = batch_member(spec, "outputSettings");
	const json_t *hidden = batch_member(out, "serverSideEncryption");
	const json_t *host = batch_member(spec, "predictionInstance");

	batch_fields_check(spec, top, more, "", errors);
	check_settings(in, batch_intake_type(in), "intakeSettings.", errors);
	check_settings(out, batch_output_type(out), "outputSettings.", errors);
	if (json_is_object(hidden))
		batch_fields_check(hidden, encryption, NULL, "outputSettings.serverSideEncryption.",
						   errors);
	if (json_is_object(host))
		batch_fields_check(host, instance, NULL, "predictionInstance.", errors);
	check_csv(batch_member(spec, "csvSettings"), errors);
	check_time_series(batch_member(spec, "timeseriesSettings"), errors);
	check_remapping(batch_member(spec, "columnNamesRemapping"), errors);
}

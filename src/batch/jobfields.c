/*
 * jobfields.c
 *		The tables of the fields of a batch job's specification.
 *
 * To add a field: a line in a table below, a row in docs/coverage.md with its
 * test, and the field in docs/api.md with its source.
 */
#include "postgres.h"

#include <float.h>

#include "batch/jobfields.h"

/* A line of a table: the client's name, that of the wire, where it may be given, and its type. */
typedef OptionDef JobField;

#define FIELD(name_, wire_, homes_, type_, ...) \
	{.name = (name_), .wire_name = (wire_), .homes = (homes_), .type = (type_), __VA_ARGS__}
#define NEEDED(homes_) .required = (homes_)

#define GROUP_OF(fields_, places_, prefix_) \
	.table = {.defs = (fields_), .ndefs = lengthof(fields_), \
			  .places = (places_), .nplaces = lengthof(places_), .prefix = (prefix_)}

/* Tables of objects without kinds have one home. */
#define HERE 1
#define PLACE(name_) {.home = HERE, .name = (name_), .is_json = true}

#define PLACE_OF(what_, home_, type_) \
	{.home = (home_), .name = what_ " of type " type_, .is_json = true}

/* Kinds of intakes and outputs; homes of their options.  A kind that is both has one bit. */
enum
{
	KIND_LOCAL_FILE = 1 << 0,
	KIND_S3 = 1 << 1,
	KIND_AZURE = 1 << 2,
	KIND_GCP = 1 << 3,
	KIND_HTTP = 1 << 4,
	KIND_FILE_SYSTEM = 1 << 5,
	KIND_FILESYSTEM = 1 << 6,	/* the other spelling */
	KIND_DATASET = 1 << 7,
	KIND_DSS = 1 << 8,
	KIND_DATA_STAGE = 1 << 9,
	KIND_JDBC = 1 << 10,
	KIND_SNOWFLAKE = 1 << 11,
	KIND_SYNAPSE = 1 << 12,
	KIND_BIGQUERY = 1 << 13,
	KIND_DATASPHERE = 1 << 14,
	KIND_DATABRICKS = 1 << 15,
	KIND_TRINO = 1 << 16,
	KIND_TABLEAU = 1 << 17,
	KIND_UNKNOWN = 1 << 18
};

#define ANY_KIND (KIND_UNKNOWN | (KIND_UNKNOWN - 1))
#define BUCKET (KIND_S3 | KIND_AZURE | KIND_GCP)
#define PATH_KINDS (KIND_FILE_SYSTEM | KIND_FILESYSTEM)
#define QUERIED (KIND_JDBC | KIND_SNOWFLAKE | KIND_SYNAPSE)
#define NAMED_TABLE (KIND_DATASPHERE | KIND_DATABRICKS | KIND_TRINO)
#define STORED (QUERIED | NAMED_TABLE)
#define CLOUD (KIND_SNOWFLAKE | KIND_SYNAPSE)
#define WITH_CREDENTIAL (BUCKET | STORED | KIND_BIGQUERY)

/* Those that are of intakes as well as of outputs. */
#define SHARED_PLACES(what_) \
	PLACE_OF(what_, KIND_LOCAL_FILE, "localFile"), PLACE_OF(what_, KIND_S3, "s3"), \
	PLACE_OF(what_, KIND_AZURE, "azure"), PLACE_OF(what_, KIND_GCP, "gcp"), \
	PLACE_OF(what_, KIND_HTTP, "http"), PLACE_OF(what_, KIND_JDBC, "jdbc"), \
	PLACE_OF(what_, KIND_SNOWFLAKE, "snowflake"), PLACE_OF(what_, KIND_SYNAPSE, "synapse"), \
	PLACE_OF(what_, KIND_BIGQUERY, "bigquery"), PLACE_OF(what_, KIND_DATASPHERE, "datasphere"), \
	PLACE_OF(what_, KIND_DATABRICKS, "databricks"), PLACE_OF(what_, KIND_TRINO, "trino"), \
	PLACE_OF(what_, KIND_FILE_SYSTEM, "fileSystem"), \
	PLACE_OF(what_, KIND_FILESYSTEM, "filesystem")

static const OptionChoice bucket_urls[] = {
	{"s3://", 0}, {"https://", 0}, {"http://", 0}, {"gs://", 0}, {"gcs://", 0}, {0}
};
static const OptionChoice web_urls[] = {{"https://", 0}, {"http://", 0}, {0}};
static const OptionChoice format_choices[] = {{"csv", 0}, {"parquet", 1}, {0}};
static const OptionChoice cloud_choices[] = {{"s3", 0}, {"azure", 1}, {"gcp", 2}, {0}};

/* ---- intake */

static const OptionChoice intake_kinds[] = {
	{"localFile", KIND_LOCAL_FILE}, {"s3", KIND_S3}, {"azure", KIND_AZURE}, {"gcp", KIND_GCP},
	{"http", KIND_HTTP}, {"jdbc", KIND_JDBC}, {"snowflake", KIND_SNOWFLAKE},
	{"synapse", KIND_SYNAPSE}, {"bigquery", KIND_BIGQUERY}, {"datasphere", KIND_DATASPHERE},
	{"databricks", KIND_DATABRICKS}, {"trino", KIND_TRINO}, {"dataset", KIND_DATASET},
	{"dss", KIND_DSS}, {"dataStage", KIND_DATA_STAGE}, {"fileSystem", KIND_FILE_SYSTEM},
	{"filesystem", KIND_FILESYSTEM}, {"local_file", KIND_LOCAL_FILE},
	{"data_stage", KIND_DATA_STAGE}, {"file_system", KIND_FILE_SYSTEM}, {0}
};
static const OptionChoice partitions[] = {
	{"holdout", 0}, {"validation", 1}, {"allBacktests", 2}, {"all_backtests", 2}, {0}
};

static const OptionPlace intake_places[] = {
	SHARED_PLACES("an intake"), PLACE_OF("an intake", KIND_DATASET, "dataset"),
	PLACE_OF("an intake", KIND_DSS, "dss"), PLACE_OF("an intake", KIND_DATA_STAGE, "dataStage"),
	{.home = KIND_UNKNOWN, .name = "an intake of an unknown type", .is_json = true}
};

static const JobField intake_fields[] = {
	FIELD("type", NULL, ANY_KIND, OPTION_CHOICE, .choices = intake_kinds),
	FIELD("async", NULL, KIND_LOCAL_FILE, OPTION_BOOL),
	FIELD("multipart", NULL, KIND_LOCAL_FILE, OPTION_BOOL),
	FIELD("url", NULL, BUCKET | KIND_HTTP, OPTION_LINK, NEEDED(BUCKET | KIND_HTTP),
		  .choices = bucket_urls),
	FIELD("credential_id", "credentialId", WITH_CREDENTIAL, OPTION_ID),
	FIELD("credential", NULL, WITH_CREDENTIAL, OPTION_TEXT),
	FIELD("endpoint_url", "endpointUrl", KIND_S3, OPTION_LINK, .choices = web_urls),
	FIELD("format", NULL, BUCKET, OPTION_CHOICE, .choices = format_choices),
	FIELD("data_store_id", "dataStoreId", STORED, OPTION_ID),
	FIELD("data_store", "dataStore", STORED, OPTION_TEXT),
	FIELD("query", NULL, QUERIED, OPTION_TEXT),
	FIELD("table", NULL, STORED | KIND_BIGQUERY, OPTION_TEXT,
		  NEEDED(NAMED_TABLE | KIND_BIGQUERY)),
	FIELD("schema", NULL, STORED, OPTION_TEXT, NEEDED(NAMED_TABLE)),
	FIELD("catalog", NULL, STORED & ~KIND_SYNAPSE, OPTION_TEXT),
	FIELD("fetch_size", "fetchSize", KIND_JDBC, OPTION_INT, .min = 1, .max = 1e6),
	FIELD("external_stage", "externalStage", KIND_SNOWFLAKE, OPTION_TEXT),
	FIELD("cloud_storage_type", "cloudStorageType", KIND_SNOWFLAKE, OPTION_CHOICE,
		  .choices = cloud_choices),
	FIELD("cloud_storage_credential_id", "cloudStorageCredentialId", CLOUD, OPTION_ID),
	FIELD("external_data_source", "externalDataSource", KIND_SYNAPSE, OPTION_TEXT),
	FIELD("external_datasource", "externalDatasource", KIND_SYNAPSE, OPTION_TEXT),
	FIELD("dataset", NULL, KIND_BIGQUERY, OPTION_TEXT, NEEDED(KIND_BIGQUERY)),
	FIELD("bucket", NULL, KIND_BIGQUERY, OPTION_TEXT, NEEDED(KIND_BIGQUERY)),
	FIELD("dataset_id", "datasetId", KIND_DATASET | KIND_DSS, OPTION_ID, NEEDED(KIND_DATASET)),
	FIELD("dataset_version_id", "datasetVersionId", KIND_DATASET, OPTION_ID),
	FIELD("project_id", "projectId", KIND_DSS, OPTION_ID, NEEDED(KIND_DSS)),
	FIELD("partition", NULL, KIND_DSS, OPTION_CHOICE, .choices = partitions),
	FIELD("data_stage_id", "dataStageId", KIND_DATA_STAGE, OPTION_ID, NEEDED(KIND_DATA_STAGE)),
	FIELD("path", NULL, PATH_KINDS, OPTION_TEXT, NEEDED(PATH_KINDS)),
};

static const OptionGroup intake = {
	GROUP_OF(intake_fields, intake_places, "intake_settings."),
	.kinds = intake_kinds, .any_kind = KIND_UNKNOWN
};

/* ---- output */

static const OptionChoice output_kinds[] = {
	{"localFile", KIND_LOCAL_FILE}, {"s3", KIND_S3}, {"azure", KIND_AZURE}, {"gcp", KIND_GCP},
	{"http", KIND_HTTP}, {"jdbc", KIND_JDBC}, {"snowflake", KIND_SNOWFLAKE},
	{"synapse", KIND_SYNAPSE}, {"bigquery", KIND_BIGQUERY}, {"datasphere", KIND_DATASPHERE},
	{"databricks", KIND_DATABRICKS}, {"trino", KIND_TRINO}, {"tableau", KIND_TABLEAU},
	{"fileSystem", KIND_FILE_SYSTEM}, {"filesystem", KIND_FILESYSTEM},
	{"local_file", KIND_LOCAL_FILE}, {"file_system", KIND_FILE_SYSTEM}, {0}
};

/* Both spellings are the wire's (docs/api.md 2.1); "upsert" is ours. */
static const OptionChoice statement_choices[] = {
	{"insert", 0}, {"update", 1}, {"insertUpdate", 2}, {"insert_update", 3}, {"createTable", 4},
	{"create_table", 5}, {"upsert", 3}, {0}
};
static const OptionChoice method_choices[] = {{"PUT", 0}, {"POST", 1}, {0}};

static const OptionPlace encryption_places[] = {PLACE("the encryption by the server")};
static const JobField encryption_fields[] = {
	FIELD("algorithm", NULL, HERE, OPTION_TEXT),
	FIELD("customer_algorithm", "customerAlgorithm", HERE, OPTION_TEXT),
	FIELD("customer_key", "customerKey", HERE, OPTION_SECRET),
	FIELD("kms_encryption_context", "kmsEncryptionContext", HERE, OPTION_TEXT),
	FIELD("kms_key_id", "kmsKeyId", HERE, OPTION_TEXT),
};
static const OptionGroup encryption = {
	GROUP_OF(encryption_fields, encryption_places, "output_settings.server_side_encryption.")
};

static const OptionPlace output_places[] = {
	SHARED_PLACES("an output"), PLACE_OF("an output", KIND_TABLEAU, "tableau"),
	{.home = KIND_UNKNOWN, .name = "an output of an unknown type", .is_json = true}
};

static const JobField output_fields[] = {
	FIELD("type", NULL, ANY_KIND, OPTION_CHOICE, .choices = output_kinds),
	FIELD("url", NULL, BUCKET | KIND_HTTP | KIND_TABLEAU, OPTION_LINK,
		  NEEDED(BUCKET | KIND_HTTP | KIND_TABLEAU), .choices = bucket_urls),
	FIELD("credential_id", "credentialId", WITH_CREDENTIAL | KIND_TABLEAU, OPTION_ID),
	FIELD("credential", NULL, WITH_CREDENTIAL | KIND_TABLEAU, OPTION_TEXT),
	FIELD("endpoint_url", "endpointUrl", KIND_S3 | KIND_SNOWFLAKE, OPTION_LINK,
		  .choices = web_urls),
	FIELD("format", NULL, BUCKET, OPTION_CHOICE, .choices = format_choices),
	FIELD("partition_columns", "partitionColumns", BUCKET, OPTION_NAMES),
	FIELD("server_side_encryption", "serverSideEncryption", KIND_S3, OPTION_GROUP,
		  .group = &encryption),
	FIELD("method", NULL, KIND_HTTP, OPTION_CHOICE, .choices = method_choices),
	FIELD("headers", NULL, KIND_HTTP, OPTION_OBJECT),
	FIELD("data_store_id", "dataStoreId", STORED, OPTION_ID),
	FIELD("data_store", "dataStore", STORED, OPTION_TEXT),
	FIELD("table", NULL, STORED | KIND_BIGQUERY, OPTION_TEXT, NEEDED(STORED | KIND_BIGQUERY)),
	FIELD("schema", NULL, STORED, OPTION_TEXT, NEEDED(NAMED_TABLE)),
	FIELD("catalog", NULL, STORED, OPTION_TEXT),
	FIELD("statement_type", "statementType", QUERIED, OPTION_CHOICE, NEEDED(QUERIED),
		  .choices = statement_choices),
	FIELD("create_table_if_not_exists", "createTableIfNotExists", QUERIED, OPTION_BOOL),
	FIELD("update_columns", "updateColumns", QUERIED, OPTION_NAMES),
	FIELD("where_columns", "whereColumns", QUERIED, OPTION_NAMES),
	FIELD("commit_interval", "commitInterval", QUERIED, OPTION_INT, .max = 86400),
	FIELD("external_stage", "externalStage", KIND_SNOWFLAKE, OPTION_TEXT),
	FIELD("cloud_storage_type", "cloudStorageType", KIND_SNOWFLAKE, OPTION_CHOICE,
		  .choices = cloud_choices),
	FIELD("cloud_storage_credential_id", "cloudStorageCredentialId", CLOUD, OPTION_ID),
	FIELD("external_data_source", "externalDataSource", KIND_SYNAPSE, OPTION_TEXT),
	FIELD("external_datasource", "externalDatasource", KIND_SYNAPSE, OPTION_TEXT),
	FIELD("dataset", NULL, KIND_BIGQUERY, OPTION_TEXT, NEEDED(KIND_BIGQUERY)),
	FIELD("bucket", NULL, KIND_BIGQUERY, OPTION_TEXT, NEEDED(KIND_BIGQUERY)),
	FIELD("site_name", "siteName", KIND_TABLEAU, OPTION_TEXT, NEEDED(KIND_TABLEAU)),
	FIELD("data_source_id", "dataSourceId", KIND_TABLEAU, OPTION_TEXT),
	FIELD("overwrite", NULL, KIND_TABLEAU, OPTION_BOOL),
	FIELD("path", NULL, PATH_KINDS, OPTION_TEXT, NEEDED(PATH_KINDS)),
};

static const OptionGroup output = {
	GROUP_OF(output_fields, output_places, "output_settings."),
	.kinds = output_kinds, .any_kind = KIND_UNKNOWN
};

/* ---- format of the data */

static const OptionPlace csv_places[] = {PLACE("csv_settings")};
static const JobField csv_fields[] = {
	FIELD("delimiter", NULL, HERE, OPTION_TEXT),
	FIELD("quotechar", NULL, HERE, OPTION_TEXT),
	FIELD("encoding", NULL, HERE, OPTION_TEXT),
};
static const OptionGroup csv = {GROUP_OF(csv_fields, csv_places, "csv_settings.")};

/* ---- time series */

static const OptionPlace offset_places[] = {PLACE("the configuration of a policy")};
static const JobField offset_fields[] = {
	FIELD("offset", NULL, HERE, OPTION_TEXT, NEEDED(HERE)),
};
static const OptionGroup offset_of_policy = {
	GROUP_OF(offset_fields, offset_places,
			 "timeseries_settings.forecast_point_policy.configuration.")
};

/* What its type may be is open (docs/api.md 6.12). */
static const OptionPlace policy_places[] = {PLACE("a policy for the forecast point")};
static const JobField policy_fields[] = {
	FIELD("type", NULL, HERE, OPTION_TEXT, NEEDED(HERE)),
	FIELD("configuration", NULL, HERE, OPTION_GROUP, NEEDED(HERE), .group = &offset_of_policy),
};
static const OptionGroup policy = {
	GROUP_OF(policy_fields, policy_places, "timeseries_settings.forecast_point_policy.")
};

/* Kinds of time series predictions. */
enum
{
	SERIES_FORECAST = 1,
	SERIES_HISTORICAL = 2,
	SERIES_TRAINING = 4,
	SERIES_UNKNOWN = 8
};

static const OptionChoice series_kinds[] = {
	{"forecast", SERIES_FORECAST}, {"historical", SERIES_HISTORICAL},
	{"training", SERIES_TRAINING}, {0}
};
static const OptionPlace series_places[] = {
	PLACE_OF("time series settings", SERIES_FORECAST, "forecast"),
	PLACE_OF("time series settings", SERIES_HISTORICAL, "historical"),
	PLACE_OF("time series settings", SERIES_TRAINING, "training"),
	{.home = SERIES_UNKNOWN, .name = "time series settings of an unknown type", .is_json = true}
};

#define ANY_SERIES (SERIES_FORECAST | SERIES_HISTORICAL | SERIES_TRAINING | SERIES_UNKNOWN)

static const JobField series_fields[] = {
	FIELD("type", NULL, ANY_SERIES, OPTION_CHOICE, .choices = series_kinds),
	FIELD("forecast_point", "forecastPoint", SERIES_FORECAST, OPTION_INSTANT),
	FIELD("forecast_point_policy", "forecastPointPolicy", SERIES_FORECAST, OPTION_GROUP,
		  .group = &policy),
	FIELD("predictions_start_date", "predictionsStartDate", SERIES_HISTORICAL, OPTION_INSTANT),
	FIELD("predictions_end_date", "predictionsEndDate", SERIES_HISTORICAL, OPTION_INSTANT),
	FIELD("relax_known_in_advance_features_check", "relaxKnownInAdvanceFeaturesCheck",
		  ANY_SERIES & ~SERIES_UNKNOWN, OPTION_BOOL),
};
static const OptionGroup series = {
	GROUP_OF(series_fields, series_places, "timeseries_settings."),
	.kinds = series_kinds, .preset = SERIES_FORECAST, .any_kind = SERIES_UNKNOWN
};

/* ---- another prediction server */

static const OptionPlace instance_places[] = {PLACE("a prediction instance")};
static const JobField instance_fields[] = {
	FIELD("host_name", "hostName", HERE, OPTION_TEXT, NEEDED(HERE)),
	FIELD("ssl_enabled", "sslEnabled", HERE, OPTION_BOOL),
	FIELD("api_key", "apiKey", HERE, OPTION_SECRET),
	FIELD("datarobot_key", "datarobotKey", HERE, OPTION_SECRET),
};
static const OptionGroup instance = {
	GROUP_OF(instance_fields, instance_places, "prediction_instance.")
};

/* ---- the whole */

static const OptionChoice chunk_choices[] = {
	{"auto", 0}, {"fixed", 1}, {"dynamic", 2}, {0}
};
static const OptionChoice set_choices[] = {{"all", 0}, {0}};
static const OptionChoice algorithm_choices[] = {{"shap", 0}, {"xemp", 1}, {0}};
static const OptionChoice job_types[] = {{"prediction", 0}, {"monitoring", 1}, {0}};

static const OptionPlace job_places[] = {PLACE("a batch job")};
static const JobField job_fields[] = {
	FIELD("deployment_id", "deploymentId", HERE, OPTION_ID),
	FIELD("deployment", NULL, HERE, OPTION_TEXT),
	FIELD("model_id", "modelId", HERE, OPTION_ID),
	FIELD("model_package_id", "modelPackageId", HERE, OPTION_ID),
	FIELD("pinned_model_id", "pinnedModelId", HERE, OPTION_ID),
	FIELD("intake_settings", "intakeSettings", HERE, OPTION_GROUP, .group = &intake),
	FIELD("output_settings", "outputSettings", HERE, OPTION_GROUP, .group = &output),
	FIELD("csv_settings", "csvSettings", HERE, OPTION_GROUP, .group = &csv),
	FIELD("timeseries_settings", "timeseriesSettings", HERE, OPTION_GROUP, .group = &series),
	FIELD("num_concurrent", "numConcurrent", HERE, OPTION_INT, .min = 1, .max = 1e6),
	FIELD("chunk_size", "chunkSize", HERE, OPTION_SIZE_OR_CHOICE, .min = 1, .max = PG_INT32_MAX,
		  .choices = chunk_choices),
	FIELD("passthrough_columns", "passthroughColumns", HERE, OPTION_NAMES),
	FIELD("passthrough_columns_set", "passthroughColumnsSet", HERE, OPTION_CHOICE,
		  .choices = set_choices),
	FIELD("max_explanations", "maxExplanations", HERE, OPTION_INT, .max = 100),
	FIELD("max_ngram_explanations", "maxNgramExplanations", HERE, OPTION_COUNT, .max = 1e6),
	FIELD("explanation_algorithm", "explanationAlgorithm", HERE, OPTION_CHOICE,
		  .choices = algorithm_choices),
	FIELD("explanation_num_top_classes", "explanationNumTopClasses", HERE, OPTION_INT, .min = 1,
		  .max = 10),
	FIELD("explanation_class_names", "explanationClassNames", HERE, OPTION_NAMES,
		  .flags = OPTION_IS_PARAMETER),
	FIELD("threshold_high", "thresholdHigh", HERE, OPTION_REAL, .min = -DBL_MAX, .max = DBL_MAX),
	FIELD("threshold_low", "thresholdLow", HERE, OPTION_REAL, .min = -DBL_MAX, .max = DBL_MAX),
	FIELD("prediction_threshold", "predictionThreshold", HERE, OPTION_REAL, .max = 1),
	FIELD("prediction_warning_enabled", "predictionWarningEnabled", HERE, OPTION_BOOL),
	FIELD("include_prediction_status", "includePredictionStatus", HERE, OPTION_BOOL),
	FIELD("include_probabilities", "includeProbabilities", HERE, OPTION_BOOL),
	FIELD("include_probabilities_classes", "includeProbabilitiesClasses", HERE, OPTION_NAMES,
		  .flags = OPTION_IS_PARAMETER),
	FIELD("skip_drift_tracking", "skipDriftTracking", HERE, OPTION_BOOL),
	FIELD("abort_on_error", "abortOnError", HERE, OPTION_BOOL),
	FIELD("disable_row_level_error_handling", "disableRowLevelErrorHandling", HERE, OPTION_BOOL),
	FIELD("column_names_remapping", "columnNamesRemapping", HERE, OPTION_RENAMINGS),
	FIELD("prediction_instance", "predictionInstance", HERE, OPTION_GROUP, .group = &instance),
	FIELD("secondary_datasets_config_id", "secondaryDatasetsConfigId", HERE, OPTION_ID),
	FIELD("batch_job_type", "batchJobType", HERE, OPTION_CHOICE, .choices = job_types),
	FIELD("monitoring_batch_prefix", "monitoringBatchPrefix", HERE, OPTION_TEXT),
	FIELD("monitoring_columns", "monitoringColumns", HERE, OPTION_OBJECT),
	FIELD("monitoring_output_settings", "monitoringOutputSettings", HERE, OPTION_OBJECT),
	FIELD("monitoring_aggregation", "monitoringAggregation", HERE, OPTION_OBJECT),
};
const OptionGroup drs_job_fields = {GROUP_OF(job_fields, job_places, NULL)};

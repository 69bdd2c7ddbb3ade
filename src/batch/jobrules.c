/*
 * jobrules.c
 *		Checks the fields of a batch job's specification against each other.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "api/jsonpath.h"
#include "base/compat.h"
#include "base/timeoption.h"
#include "batch/jobrules.h"

/* The settings of an intake or output, and what they are called in messages. */
typedef struct Place
{
	JsonbContainer *settings;
	const char *name;			/* "intake_settings" */
	char	   *type;
} Place;

pg_noreturn static void
refuse(const char *message, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", message),
			 detail ? errdetail_internal("%s", detail) : 0));
}

static bool
has(JsonbContainer *object, const char *name)
{
	JsonbValue *value = object ? getKeyJsonValueFromContainer(object, name, (int) strlen(name),
															  NULL) : NULL;

	return value && value->type != jbvNull;
}

/* Is it an array that has elements? */
static bool
has_elements(JsonbContainer *object, const char *name)
{
	JsonbContainer *list = object ? drs_jsonpath_container(object, name) : NULL;

	return list && JsonContainerSize(list) > 0;
}

static char *
text_of(JsonbContainer *object, const char *name)
{
	return object ? drs_jsonpath_text(object, name) : NULL;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; word && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static Place
place_of(JsonbContainer *spec, const char *wire_name, const char *name)
{
	JsonbContainer *settings = drs_jsonpath_container(spec, wire_name);

	return (Place) {.settings = settings, .name = name, .type = text_of(settings, "type")};
}

static bool
is_type(const Place *place, const char *type)
{
	return place->type && strcmp(place->type, type) == 0;
}

/* ---- what scores, and what is asked of it */

static void
check_model(JsonbContainer *spec)
{
	int			count = has(spec, "deploymentId") + has(spec, "deployment") +
		has(spec, "modelId") + has(spec, "modelPackageId");

	if (count != 1)
		refuse(count == 0 ? "a batch job needs a deployment, a model or a model package" :
			   "a batch job has more than one of a deployment, a model and a model package",
			   "Exactly one of the options \"deployment\", \"deployment_id\", \"model_id\" and"
			   " \"model_package_id\" says what scores the rows.");
}

/* The client lets a model of the leaderboard read and write nothing else (docs/api.md 2.7). */
static void
check_leaderboard(JsonbContainer *spec, const Place *intake, const Place *output)
{
	static const char *const intakes[] = {"localFile", "dataset", "dss", NULL};
	static const char *const outputs[] = {"localFile", NULL};

	if (!has(spec, "modelId"))
		return;
	if (intake->type && !is_one_of(intake->type, intakes))
		refuse(psprintf("a model of the leaderboard takes no intake of type %s", intake->type),
			   "It takes localFile, dataset and dss.");
	if (output->type && !is_one_of(output->type, outputs))
		refuse(psprintf("a model of the leaderboard has no output of type %s", output->type),
			   "It has localFile.");
}

static void
check_explanations(JsonbContainer *spec)
{
	if (has(spec, "explanationNumTopClasses") && has_elements(spec, "explanationClassNames"))
		refuse("options \"explanation_num_top_classes\" and \"explanation_class_names\" exclude"
			   " each other", NULL);
}

/* ---- time series */

static void
check_range(JsonbContainer *settings)
{
	char	   *start = text_of(settings, "predictionsStartDate");
	char	   *end = text_of(settings, "predictionsEndDate");
	Timestamp	from = 0;
	Timestamp	until = 0;

	if ((start == NULL) != (end == NULL))
		refuse("options \"timeseries_settings.predictions_start_date\" and"
			   " \"timeseries_settings.predictions_end_date\" are given together or not at all",
			   NULL);
	if (start && drs_iso_time(start, &from) && drs_iso_time(end, &until) && from > until)
		refuse(psprintf("the range of predictions ends before it starts: %s to %s", start, end),
			   NULL);
}

static void
check_series(JsonbContainer *spec, const Place *intake, bool whole)
{
	JsonbContainer *settings = drs_jsonpath_container(spec, "timeseriesSettings");
	char	   *type = text_of(settings, "type");

	if (has(settings, "forecastPoint") && has(settings, "forecastPointPolicy"))
		refuse("options \"timeseries_settings.forecast_point\" and"
			   " \"timeseries_settings.forecast_point_policy\" exclude each other", NULL);
	check_range(settings);
	if (type && strcmp(type, "training") == 0 && !is_type(intake, "dss") &&
		(intake->settings || whole))
		refuse("time series settings of type training need an intake of type dss", NULL);
}

/* ---- format of the data */

static void
check_csv(JsonbContainer *spec)
{
	JsonbContainer *settings = drs_jsonpath_container(spec, "csvSettings");
	char	   *delimiter = text_of(settings, "delimiter");
	char	   *quote = text_of(settings, "quotechar");

	if (delimiter && strcmp(delimiter, "tab") != 0 &&
		(pg_mbstrlen(delimiter) != 1 || strchr("\r\n", *delimiter)))
		refuse(psprintf("invalid value for option \"csv_settings.delimiter\": \"%s\"", delimiter),
			   "It must be one character, or the word \"tab\".");
	if (quote && (pg_mbstrlen(quote) != 1 || strchr("\r\n", *quote)))
		refuse(psprintf("invalid value for option \"csv_settings.quotechar\": \"%s\"", quote),
			   "It must be one character.");
	if (strcmp(delimiter ? delimiter : ",", quote ? quote : "\"") == 0)
		refuse("options \"csv_settings.delimiter\" and \"csv_settings.quotechar\" must differ",
			   NULL);
}

/* ---- intake and output */

/* What is said by its id, or by its name, which is resolved later; and both in messages. */
typedef struct NamedThing
{
	const char *id;
	const char *name;
	const char *shown_id;
	const char *shown_name;
} NamedThing;

static void
check_id_or_name(const Place *place, const NamedThing *thing, bool required)
{
	bool		has_id = has(place->settings, thing->id);
	bool		has_name = has(place->settings, thing->name);

	if (has_id && has_name)
		refuse(psprintf("options \"%s.%s\" and \"%s.%s\" exclude each other", place->name,
						thing->shown_id, place->name, thing->shown_name), NULL);
	if (required && !has_id && !has_name)
		refuse(psprintf("option \"%s.%s\" is missing", place->name, thing->shown_id), NULL);
}

/* Does the URL suit the type?  A URL is not shown, since it may contain a secret. */
static void
check_url(const Place *place)
{
	static const struct
	{
		const char *type;
		const char *begins[5];
	}			rules[] =
	{
		{"s3", {"s3://", NULL}},
		{"azure", {"https://", NULL}},
		{"gcp", {"gs://", "gcs://", "https://storage.googleapis.com/",
		"http://storage.googleapis.com/", NULL}},
		{"http", {"https://", "http://", NULL}},
		{"tableau", {"https://", "http://", NULL}},
	};
	char	   *url = text_of(place->settings, "url");

	for (size_t i = 0; url && i < lengthof(rules); i++)
	{
		const char *const *begin = rules[i].begins;

		if (!is_type(place, rules[i].type))
			continue;
		while (*begin && pg_strncasecmp(url, *begin, strlen(*begin)) != 0)
			begin++;
		if (*begin == NULL)
			refuse(psprintf("option \"%s.url\" is not a URL of type %s", place->name,
							place->type),
				   psprintf("It must begin with %s.", rules[i].begins[0]));
	}
}

static void
check_place(const Place *place)
{
	static const char *const stores[] = {"jdbc", "snowflake", "synapse", "datasphere",
										 "databricks", "trino", NULL};
	static const NamedThing credential = {"credentialId", "credential", "credential_id",
										  "credential"};
	static const NamedThing data_store = {"dataStoreId", "dataStore", "data_store_id",
										  "data_store"};

	check_id_or_name(place, &credential, false);
	check_id_or_name(place, &data_store, is_one_of(place->type, stores));
	if (has(place->settings, "externalDataSource") && has(place->settings, "externalDatasource"))
		refuse(psprintf("option \"%s.external_data_source\" is given twice", place->name), NULL);
	check_url(place);
}

/* A query says which rows, or a table does. */
static void
check_query(const Place *intake)
{
	static const char *const queried[] = {"jdbc", "snowflake", "synapse", NULL};
	JsonbContainer *settings = intake->settings;
	bool		has_table = has(settings, "table");

	if (!is_one_of(intake->type, queried))
		return;
	if (!has(settings, "query") && !has_table)
		refuse(psprintf("an intake of type %s needs a query or a table", intake->type), NULL);
	if (has(settings, "query") && (has_table || has(settings, "schema") ||
								   has(settings, "catalog")))
		refuse("option \"intake_settings.query\" excludes a table, a schema and a catalog", NULL);
}

/* The lists of columns of a statement that updates. */
static void
check_columns(const Place *output, const char *statement)
{
	static const char *const updates[] = {"update", "insertUpdate", "insert_update", NULL};
	bool		has_updates = has_elements(output->settings, "updateColumns");
	bool		has_wheres = has_elements(output->settings, "whereColumns");

	if (is_one_of(statement, updates) && (!has_updates || !has_wheres))
		refuse(psprintf("statement type %s needs the options \"output_settings.update_columns\""
						" and \"output_settings.where_columns\"", statement), NULL);
	if (!is_one_of(statement, updates) && (has_updates || has_wheres))
		refuse(psprintf("statement type %s has no use for the options"
						" \"output_settings.update_columns\" and"
						" \"output_settings.where_columns\"", statement), NULL);
}

static void
check_statement(const Place *output)
{
	JsonbContainer *settings = output->settings;
	char	   *statement = text_of(settings, "statementType");
	bool		staged = has(settings, "externalStage") || has(settings, "externalDataSource") ||
		has(settings, "externalDatasource");

	if (statement == NULL)
		return;
	check_columns(output, statement);
	if (staged && strcmp(statement, "insert") != 0)
		refuse("an output with an external stage or data source can only insert", NULL);
	if (strcmp(statement, "update") == 0 &&
		drs_jsonpath_is_true(settings, "createTableIfNotExists"))
		refuse("statement type update has no use for the option"
			   " \"output_settings.create_table_if_not_exists\"",
			   "Rows of a table that does not exist cannot be updated.");
}

static void
check_output(const Place *output, const Place *intake)
{
	char	   *format = text_of(output->settings, "format");
	char	   *url = text_of(output->settings, "url");
	char	   *source = text_of(intake->settings, "url");

	check_statement(output);
	if (has_elements(output->settings, "partitionColumns") &&
		(format == NULL || strcmp(format, "parquet") != 0))
		refuse("option \"output_settings.partition_columns\" needs the format parquet", NULL);
	if (url && source && strcmp(url, source) == 0)
		refuse("intake and output of a batch job have the same URL", NULL);
}

void
drs_jobrules_check(JsonbContainer *spec, bool whole, bool strict)
{
	Place		intake = place_of(spec, "intakeSettings", "intake_settings");
	Place		output = place_of(spec, "outputSettings", "output_settings");

	if (whole)
		check_model(spec);
	if (strict)
		check_leaderboard(spec, &intake, &output);
	check_explanations(spec);
	check_csv(spec);
	check_series(spec, &intake, whole);
	if (intake.settings)
	{
		check_place(&intake);
		check_query(&intake);
	}
	if (output.settings)
	{
		check_place(&output);
		check_output(&output, &intake);
	}
}

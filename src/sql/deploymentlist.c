/*
 * deploymentlist.c
 *		The functions deployments, deployment and deployment_features.
 *
 * Columns are filled from members of the JSON objects by their types' input
 * functions; the tables below have the paths.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "api/modelfeatures.h"
#include "base/url.h"
#include "sql/arguments.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_deployments);
PG_FUNCTION_INFO_V1(drs_deployment);
PG_FUNCTION_INFO_V1(drs_deployment_features);

/* Where the columns of deployments() are found, which are also the first of deployment(). */
static const char *const paths[] = {
	"id", "label", "description", "status", "importance", "approvalStatus",
	"model.targetName", "model.targetType", "model.id", "model.type", "model.projectId",
	"predictionEnvironment.platform", "defaultPredictionServer.url",
	"serviceHealth.status", "modelHealth.status", "accuracyHealth.status", "createdAt"
};

/* The other columns of deployment(). */
enum
{
	COLUMN_PREDICTION_URL = lengthof(paths),
	COLUMN_ASSOCIATION_ID,
	COLUMN_ASSOCIATION_REQUIRED,
	COLUMN_PERMISSIONS,
	COLUMN_RECORD,
	COLUMNS
};

static Endpoint *
resolve_endpoint(FunctionCallInfo fcinfo, int server_arg)
{
	return drs_endpoint_resolve(drs_argument_text(fcinfo, server_arg), NULL, OPTION_CALL);
}

static void
read_columns(JsonbContainer *record, const char **values)
{
	for (size_t i = 0; i < lengthof(paths); i++)
		values[i] = drs_jsonpath_text(record, paths[i]);
}

static bool
add_deployment(JsonbContainer *record, void *arg)
{
	ResultSet  *result = arg;
	MemoryContext old = MemoryContextSwitchTo(result->row_cxt);
	const char *values[lengthof(paths)];

	read_columns(record, values);
	MemoryContextSwitchTo(old);
	drs_resultset_put(result, values);
	return true;
}

Datum
drs_deployments(PG_FUNCTION_ARGS)
{
	ResultSet  *result = drs_resultset_open(fcinfo);
	PublicApi  *api = drs_api_open(resolve_endpoint(fcinfo, 0));
	char	   *search = drs_argument_text(fcinfo, 1);
	const char *path = "/deployments/?limit=100";
	ApiAnswer	refused;

	if (search)
		path = psprintf("%s&search=%s", path,
						drs_url_escape(pg_server_to_any(search, (int) strlen(search), PG_UTF8)));
	if (!drs_api_list(api, path, add_deployment, result, &refused))
		drs_api_raise(api, &refused);
	drs_api_close(api);
	return (Datum) 0;
}

/* A list of texts (of char *) as the text of an array; NULL when it is empty. */
static char *
array_text(List *texts)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	int			count = 0;
	Oid			output;
	bool		is_varlena;
	ListCell   *lc;

	if (texts == NIL)
		return NULL;
	foreach(lc, texts)
		values[count++] = CStringGetTextDatum(lfirst(lc));
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	return OidOutputFunctionCall(output,
								 PointerGetDatum(construct_array(values, count, TEXTOID, -1, false,
																		 TYPALIGN_INT)));
}

/* The record without the key of the prediction server, which is a secret. */
static char *
public_record(Jsonb *record)
{
	Datum		path[] = {CStringGetTextDatum("defaultPredictionServer"),
						  CStringGetTextDatum("datarobot-key")};
	ArrayType  *array = construct_array(path, lengthof(path), TEXTOID, -1, false, TYPALIGN_INT);
	Datum		cleaned = DirectFunctionCall2(jsonb_delete_path, JsonbPGetDatum(record),
											  PointerGetDatum(array));

	return JsonbToCString(NULL, &DatumGetJsonbP(cleaned)->root, 0);
}

Datum
drs_deployment(PG_FUNCTION_ARGS)
{
	ResultSet  *result = drs_resultset_open(fcinfo);
	Endpoint   *endpoint = resolve_endpoint(fcinfo, 1);
	OpenDeployment deployment = drs_deployment_open(endpoint, drs_argument_text(fcinfo, 0));
	Jsonb	   *record = drs_deployment_record(deployment.api, deployment.id);
	const char *values[COLUMNS] = {NULL};
	bool		required;

	read_columns(&record->root, values);
	values[COLUMN_PREDICTION_URL] = drs_deployment_prediction_url(endpoint, &record->root);
	if (endpoint->options.server.prediction_url)
		values[COLUMN_PREDICTION_URL] = endpoint->options.server.prediction_url;
	values[COLUMN_PERMISSIONS] = array_text(drs_jsonpath_texts(&record->root, "permissions"));
	values[COLUMN_RECORD] = public_record(record);
	values[COLUMN_ASSOCIATION_ID] = array_text(drs_deployment_association(deployment.api,
																		  deployment.id,
																		 &required));
	values[COLUMN_ASSOCIATION_REQUIRED] = drs_resultset_bool(required);
	drs_resultset_put(result, values);
	drs_api_close(deployment.api);
	return (Datum) 0;
}

Datum
drs_deployment_features(PG_FUNCTION_ARGS)
{
	ResultSet  *result = drs_resultset_open(fcinfo);
	OpenDeployment deployment = drs_deployment_open(resolve_endpoint(fcinfo, 1),
													drs_argument_text(fcinfo, 0));
	ListCell   *lc;

	foreach(lc, drs_model_features_needed(deployment.api, deployment.id))
	{
		const ModelFeature *feature = lfirst(lc);
		const char *values[] = {
			feature->name, feature->type, feature->importance, feature->date_format,
			drs_resultset_bool(feature->known_in_advance)
		};

		drs_resultset_put(result, values);
	}
	drs_api_close(deployment.api);
	return (Datum) 0;
}

/*
 * seriesprep.c
 *		Has DataRobot prepare the rows of time series.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "base/jsonbtext.h"
#include "base/url.h"
#include "batch/seriesprep.h"

/* A JSON object of one to three texts, in UTF-8; names ends with NULL. */
static char *
make_object(const char *const *names, const char *const *values)
{
	StringInfoData object;

	initStringInfo(&object);
	appendStringInfoChar(&object, '{');
	for (int i = 0; names[i]; i++)
		drs_jsonbtext_text(&object, names[i], values[i]);
	appendStringInfoChar(&object, '}');
	return pg_server_to_any(object.data, object.len, PG_UTF8);
}

/* Creates something, so it is sent once only. */
static ApiAnswer
post(PublicApi *api, const char *path, const char *body)
{
	ApiRequest	request = {
		.method = "POST",
		.path = path,
		.source = {.bytes = body,.length = strlen(body)},
		.repeatable = REPEATABLE_REFUSED,
		.timeout = DRS_API_TIMEOUT
	};
	ApiAnswer	answer = drs_api_exchange(api, &request);

	if (!drs_api_succeeded(&answer))
		drs_api_raise(api, &answer);
	return answer;
}

char *
drs_seriesprep_generator(PublicApi *api, const char *deployment_id)
{
	Jsonb	   *record = drs_deployment_record(api, deployment_id);
	char	   *project = drs_jsonpath_text(&record->root, "model.projectId");
	char	   *generator = NULL;

	if (project)
	{
		char	   *path = psprintf("/projects/%s/", drs_url_escape(project));
		ApiAnswer	answer = drs_api_send(api, path, NULL);

		if (!drs_api_has_status(&answer, 200))
			drs_api_raise(api, &answer);
		generator = drs_jsonpath_text(&drs_api_json(api, &answer)->root, "queryGeneratorId");
	}
	if (generator == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows cannot be prepared for deployment %s", deployment_id),
				 errdetail("Its model does not support time series data preparation.")));
	return generator;
}

CatalogDataset
drs_seriesprep_run(PublicApi *api, const char *generator, const CatalogDataset *dataset)
{
	static const char *const names[] = {
		"queryGeneratorId", "datasetId", "datasetVersionId", NULL
	};
	static const char *const workspace_name[] = {"workspaceStateId", NULL};
	const char *values[] = {generator, dataset->id, dataset->version_id};
	const char *workspace;
	ApiAnswer	answer = post(api, "/dataEngineWorkspaceStates/fromDataEngineQueryGenerator/",
							  make_object(names, values));

	workspace = drs_jsonpath_text(&drs_api_json(api, &answer)->root, "workspaceStateId");
	if (workspace == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("DataRobot does not say which workspace it has made")));
	answer = post(api, "/datasets/fromDataEngineWorkspaceState/",
				  make_object(workspace_name, &workspace));
	return drs_catalogdataset_await(api, &answer);
}

/*
 * batchprepare.c
 *		The function batch_prepare_series.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "api/deployment.h"
#include "batch/seriesprep.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_batch_prepare_series);

/* The intake of a job that reads the dataset (docs/api.md 2.7). */
static Datum
make_intake(const CatalogDataset *dataset)
{
	StringInfoData intake;

	initStringInfo(&intake);
	appendStringInfoString(&intake, "{\"type\": \"dataset\", \"datasetId\": ");
	escape_json(&intake, dataset->id);
	appendStringInfoString(&intake, ", \"datasetVersionId\": ");
	escape_json(&intake, dataset->version_id);
	appendStringInfoChar(&intake, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(intake.data));
}

/* What is to be prepared: rows, or a dataset that exists. */
typedef struct PreparedSource
{
	char	   *query;
	CatalogDataset dataset;
} PreparedSource;

static PreparedSource
get_source(FunctionCallInfo fcinfo)
{
	PreparedSource source = {
		.query = drs_argument_text(fcinfo, 1),
		.dataset = {drs_argument_text(fcinfo, 2), drs_argument_text(fcinfo, 3)}
	};

	if ((source.query == NULL) == (source.dataset.id == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("either a query or a dataset must be given")));
	if (source.dataset.version_id && source.dataset.id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a version of a dataset must not be given without the dataset")));
	return source;
}

static CatalogDataset
find_dataset(PublicApi *api, const PreparedSource *source)
{
	if (source->query)
		return drs_catalogdataset_upload(api, source->query);
	if (source->dataset.version_id)
		return source->dataset;
	return drs_catalogdataset_find(api, source->dataset.id);
}

/* batch_prepare_series(deployment, query, dataset_id, dataset_version_id, server, options) */
Datum
drs_batch_prepare_series(PG_FUNCTION_ARGS)
{
	PreparedSource source = get_source(fcinfo);
	Jsonb	   *options = PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5);
	Endpoint   *endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 4), options, OPTION_JOB);
	OpenDeployment deployment = drs_deployment_open(endpoint, drs_argument_text(fcinfo, 0));
	char	   *generator = drs_seriesprep_generator(deployment.api, deployment.id);
	CatalogDataset dataset = find_dataset(deployment.api, &source);

	dataset = drs_seriesprep_run(deployment.api, generator, &dataset);
	drs_api_close(deployment.api);
	return make_intake(&dataset);
}

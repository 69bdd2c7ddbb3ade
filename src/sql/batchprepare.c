/*
 * batchprepare.c
 *		The function batch_prepare_series.
 */
#include "postgres.h"

#include "fmgr.h"

#include "api/deployment.h"
#include "base/jsonbtext.h"
#include "batch/seriesprep.h"
#include "sql/arguments.h"
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_prepare_series);

/* The intake of a job that reads the dataset (docs/api.md 2.7). */
static Datum
make_intake(const CatalogDataset *dataset)
{
	StringInfoData intake;

	initStringInfo(&intake);
	appendStringInfoChar(&intake, '{');
	drs_jsonbtext_text(&intake, "type", "dataset");
	drs_jsonbtext_text(&intake, "datasetId", dataset->id);
	drs_jsonbtext_text(&intake, "datasetVersionId", dataset->version_id);
	appendStringInfoChar(&intake, '}');
	return JsonbPGetDatum(drs_jsonbtext_parse(intake.data));
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
	OpenDeployment deployment = drs_deployment_open(drs_jobs_endpoint(fcinfo),
													drs_argument_text(fcinfo, 0));
	char	   *generator = drs_seriesprep_generator(deployment.api, deployment.id);
	CatalogDataset dataset = find_dataset(deployment.api, &source);

	dataset = drs_seriesprep_run(deployment.api, generator, &dataset);
	drs_api_close(deployment.api);
	return make_intake(&dataset);
}

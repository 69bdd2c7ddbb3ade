/*
 * streamopening.c
 *		Opens the stream that scores the rows of a query.
 */
#include "postgres.h"

#include "api/featurecompare.h"
#include "batch/batchstream.h"
#include "method/method.h"
#include "method/streamopening.h"
#include "realtime/pipeline.h"

/* The columns of the result, and of the query those that it has. */
static Shape *
shape_of(const StreamAsk *ask, Columns *columns)
{
	if (ask->sources == NULL)
		return drs_shape_of_rows(ask->result, columns, ask->keys_as_json);
	for (int i = 0; i < ask->result->natts; i++)
		if (ask->sources[i] >= 0)
			drs_columns_keep(columns, ask->sources[i]);
	return drs_shape_of_outputs(ask->result, columns, ask->sources);
}

PredictionStream *
drs_stream_open(const StreamAsk *ask)
{
	Endpoint   *endpoint = ask->endpoint;
	Request    *request = drs_method_request(endpoint, ask->deployment);
	Columns    *columns = drs_features_choose(endpoint, request->deployment, ask->source, true);
	Shape	   *shape = shape_of(ask, columns);
	BatchPlan	batch = {.first_row = 1, .isolates = ask->isolates};
	PipelinePlan plan = drs_pipeline_plan(&endpoint->options);

	if (drs_method_is_batch(&endpoint->options))
		return drs_batchstream_open(endpoint, request, columns, shape, &batch);
	plan.takes_forecasts = true;
	plan.instead_of_forecasts = ask->instead_of_forecasts;
	plan.isolates = ask->isolates;
	if (ask->slow_start)
		plan.first_chunk_rows = DRS_FIRST_ROWS;
	return drs_pipeline_open(endpoint, request, columns, shape, &plan);
}

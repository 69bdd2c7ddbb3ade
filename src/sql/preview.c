/*
 * preview.c
 *		The function preview: the requests that score would send, as rows.
 *
 * Rows are encoded and cut into chunks by the same code; nothing is sent.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "api/address.h"
#include "api/featurecompare.h"
#include "config/endpoint.h"
#include "http/request.h"
#include "method/method.h"
#include "realtime/cutter.h"
#include "rows/source.h"
#include "sql/arguments.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_preview);

typedef struct Preview
{
	ScoreArguments args;
	ResultSet  *result;
	Request    *request;
	PipelinePlan plan;
	Sizing		sizing;
	Cutter	   *cutter;
	int			nrequests;
} Preview;

/* Put a row of the result for a chunk, and close the chunk. */
static void
show_chunk(Chunk *chunk, void *arg)
{
	Preview    *preview = arg;
	int			len = (int) drs_chunk_seal(chunk, chunk->nrows);
	char	   *body = pg_any_to_server(chunk->body, len, PG_UTF8);
	const char *values[] = {
		psprintf("%d", ++preview->nrequests),
		psprintf(UINT64_FORMAT, chunk->first_row),
		psprintf("%d", chunk->nrows),
		preview->request->method,
		preview->request->url,
		drs_request_show_headers(preview->request),
		body == chunk->body ? pnstrdup(body, len) : body
	};

	drs_resultset_put(preview->result, values);
	drs_chunk_close(chunk);
}

static void
start_preview(TupleDesc desc, void *arg)
{
	Preview    *preview = arg;
	Endpoint   *endpoint = drs_arguments_resolve(&preview->args, OPTION_CALL);
	Columns    *columns;

	if (drs_method_is_batch(&endpoint->options))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("preview shows requests of the method \"realtime\" only")));
	preview->request = drs_address_request(endpoint, preview->args.deployment);
	columns = drs_features_choose(endpoint, preview->request->deployment,
								  CreateTupleDescCopy(desc), false);
	columns->nkept = columns->nkeys = 0;
	preview->plan = drs_pipeline_plan(&endpoint->options);
	preview->sizing = drs_sizing_first(&preview->plan, &endpoint->options);
	preview->cutter = drs_cutter_create(columns, &endpoint->options, &preview->plan,
										&preview->sizing, show_chunk, preview);
}

static bool
preview_row(TupleTableSlot *slot, void *arg)
{
	Preview    *preview = arg;

	slot_getallattrs(slot);
	(void) drs_cutter_put(preview->cutter, slot->tts_values, slot->tts_isnull);
	return true;
}

/* preview(deployment, query, max_rows, key_columns, passthrough_columns, server, options) */
Datum
drs_preview(PG_FUNCTION_ARGS)
{
	static const RowConsumer consumer = {start_preview, preview_row};
	Preview		preview = {0};
	int64		max_rows = PG_ARGISNULL(2) ? 0 : drs_argument_whole(fcinfo, 2, "max_rows");

	preview.args = drs_arguments_get(fcinfo, 0, 3);
	if (max_rows <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be at least 1")));
	preview.result = drs_resultset_open(fcinfo);

	drs_source_run(preview.args.query, max_rows, &consumer, &preview);
	drs_cutter_flush(preview.cutter);
	return (Datum) 0;
}

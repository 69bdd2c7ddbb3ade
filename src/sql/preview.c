/*
 * preview.c
 *		The function preview: the requests that would be sent, as rows.
 *
 * Rows are encoded and cut by the same code that sends them; nothing is sent.
 *
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "api/address.h"
#include "api/featurecompare.h"
#include "config/endpoint.h"
#include "http/request.h"
#include "realtime/cutter.h"
#include "rows/source.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_preview);

typedef struct Preview
{
	ScoreArguments args;
	ReturnSetInfo *result;
	Request    *request;
	Cutter	   *cutter;
	int			nrequests;
} Preview;

/* One row of the result for a chunk. */
static void
show_chunk(Chunk *chunk, void *arg)
{
	Preview    *preview = arg;
	size_t		len = drs_chunk_seal(chunk, chunk->nrows);
	char	   *body = pg_any_to_server(chunk->body, (int) len, PG_UTF8);
	Datum		values[7];
	bool		isnull[7] = {0};

	if (body != chunk->body)
		len = strlen(body);
	values[0] = Int32GetDatum(++preview->nrequests);
	values[1] = Int64GetDatum((int64) chunk->first_row);
	values[2] = Int32GetDatum(chunk->nrows);
	values[3] = CStringGetTextDatum(preview->request->method);
	values[4] = CStringGetTextDatum(preview->request->url);
	values[5] = CStringGetTextDatum(drs_request_show_headers(preview->request));
	values[6] = PointerGetDatum(cstring_to_text_with_len(body, len));
	tuplestore_putvalues(preview->result->setResult, preview->result->setDesc, values, isnull);
	drs_chunk_close(chunk);
}

static void
start_preview(TupleDesc desc, void *arg)
{
	Preview    *preview = arg;
	Endpoint   *endpoint = drs_endpoint_resolve(preview->args.server, preview->args.options, OPTION_CALL);
	Columns    *columns;

	drs_arguments_merge_columns(&preview->args, &endpoint->options);
	preview->request = drs_address_request(endpoint, preview->args.deployment);
	columns = drs_features_choose(endpoint, preview->request->deployment, CreateTupleDescCopy(desc), false);
	columns->nkept = columns->nkeys = 0;
	preview->cutter = drs_cutter_create(columns, &endpoint->options, show_chunk, preview);
}

static bool
preview_row(TupleTableSlot *slot, void *arg)
{
	Preview    *preview = arg;

	slot_getallattrs(slot);
	drs_cutter_put(preview->cutter, slot->tts_values, slot->tts_isnull);
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
	InitMaterializedSRF(fcinfo, 0);
	preview.result = (ReturnSetInfo *) fcinfo->resultinfo;

	drs_source_run(preview.args.query, max_rows, &consumer, &preview);
	drs_cutter_flush(preview.cutter);
	return (Datum) 0;
}

/*
 * predict.c
 *		The window functions predict, predict_label and predict_row.
 *
 * A window function may read rows of its partition that come after the
 * current one.  So the first call pulls rows ahead until enough chunks are in
 * flight, and returns the first row's prediction when it has arrived; later
 * calls mostly return predictions that are already there.  When the query
 * stops early, so does the pulling.
 *
 * The rows between the current one and the last one pulled wait in the
 * window's tuplestore.  Their number is limited so that they fit work_mem, as
 * long as the network keeps up.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "windowapi.h"

#include "api/address.h"
#include "api/featurecompare.h"
#include "realtime/pipeline.h"
#include "rows/sourcecolumns.h"
#include "sql/resultkind.h"
#include "sql/windowrows.h"
#include "sql/writtenrow.h"

PG_FUNCTION_INFO_V1(drs_predict);
PG_FUNCTION_INFO_V1(drs_predict_label);
PG_FUNCTION_INFO_V1(drs_predict_row);

/* Rows ahead may take this share of work_mem; the rest is for columns that are not features. */
#define WORK_MEM_SHARE 0.6

/*
 * NULL rows ahead that are remembered; when there are more, pulling waits
 * until some were asked for.
 */
#define MAX_NULLS 4096

/* Let the tuplestore forget rows after this many, not after each: it costs a seek. */
#define MARK_EVERY 64

/* Arguments of the SQL functions. */
enum
{
	ARG_FEATURES,
	ARG_DEPLOYMENT,
	ARG_OPTIONS
};

typedef struct WindowState
{
	WindowRows	rows;
	PredictionStream *stream;	/* NULL until the first row that is not NULL */

	/* rows ahead that are NULL, and so not sent */
	int64	   *null_rows;		/* positions in the partition, from 0; NULL until needed */
	int			first_null;		/* index of the next to be asked for */
	int			nnulls;			/* end of the list */

	/* what all rows of a partition have in common */
	char	   *deployment;		/* NULL: the server's default */
	Jsonb	   *options;		/* NULL: none */
	Oid			row_type;
	int32		row_typmod;
	TupleDesc	desc;
	Datum	   *values;
	bool	   *isnull;
	int64		row_bytes;		/* total of the rows pulled so far */
} WindowState;

/* What all partitions of a query have in common: it lives as long as the function. */
typedef struct QueryState
{
	CallCounters *counters;
	TupleDesc	desc;			/* of predict_row's result; NULL until it is needed */
} QueryState;

static bool next_prediction(FunctionCallInfo fcinfo, MakeResultShape make_shape,
							const Datum **values, const bool **isnull);
static bool may_pull_ahead(const WindowState *state);
static WindowState *window_state(FunctionCallInfo fcinfo);
static void pull_row(FunctionCallInfo fcinfo, WindowState *state, MakeResultShape make_shape);
static void open_stream(FunctionCallInfo fcinfo, WindowState *state, HeapTupleHeader row,
						MakeResultShape make_shape);
static void put_row(WindowState *state, HeapTupleHeader row);
static void limit_rows_ahead(WindowState *state);
static void note_null_row(WindowState *state);
static void refuse_nameless_row(FunctionCallInfo fcinfo, TupleDesc desc);
static bool pop_null_row(WindowState *state, int64 position);

/* A prediction of one value. */
static Datum
predict_value(FunctionCallInfo fcinfo, MakeResultShape make_shape)
{
	const Datum *values;
	const bool *isnull;

	if (!next_prediction(fcinfo, make_shape, &values, &isnull) || isnull[0])
		PG_RETURN_NULL();
	return values[0];
}

Datum
drs_predict(PG_FUNCTION_ARGS)
{
	return predict_value(fcinfo, drs_resultkind_number);
}

Datum
drs_predict_label(PG_FUNCTION_ARGS)
{
	return predict_value(fcinfo, drs_resultkind_label);
}

/* Of the whole query: the function's memory outlives the partition's. */
static QueryState *
query_state(FunctionCallInfo fcinfo)
{
	FmgrInfo   *function = fcinfo->flinfo;
	MemoryContext old = MemoryContextSwitchTo(function->fn_mcxt);
	QueryState *state = function->fn_extra;

	if (state == NULL)
	{
		state = palloc0(sizeof(QueryState));
		state->counters = drs_callcounters_create();
		drs_callcounters_report(state->counters, get_func_name(function->fn_oid));
		function->fn_extra = state;
	}
	MemoryContextSwitchTo(old);
	return state;
}

static TupleDesc
make_row_desc(FunctionCallInfo fcinfo)
{
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	TupleDesc	desc = BlessTupleDesc(drs_resultkind_desc(fcinfo));

	MemoryContextSwitchTo(old);
	return desc;
}

Datum
drs_predict_row(PG_FUNCTION_ARGS)
{
	const Datum *values;
	const bool *isnull;
	QueryState *state;

	if (!next_prediction(fcinfo, drs_resultkind_row, &values, &isnull))
		PG_RETURN_NULL();
	state = fcinfo->flinfo->fn_extra;	/* made with the stream */
	if (state->desc == NULL)
		state->desc = make_row_desc(fcinfo);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(state->desc, unconstify(Datum *, values),
													  unconstify(bool *, isnull))));
}

/* The prediction of the current row; false when its features are NULL as a whole. */
static bool
next_prediction(FunctionCallInfo fcinfo, MakeResultShape make_shape,
				const Datum **values, const bool **isnull)
{
	WindowState *state = window_state(fcinfo);
	int64		position = WinGetCurrentPosition(PG_WINDOW_OBJECT());

	if (pop_null_row(state, position))
		return false;
	if (state->stream == NULL || !drs_stream_has_prediction(state->stream))
	{
		/* at least the current row, then as many as there is room for */
		while (!state->rows.at_end &&
			   (state->rows.npulled <= position || may_pull_ahead(state)))
			pull_row(fcinfo, state, make_shape);
		if (pop_null_row(state, position))
			return false;
	}
	if (!drs_stream_take(state->stream, true, values, isnull))
		elog(ERROR, "no prediction for row " INT64_FORMAT, position + 1);
	return true;
}

static bool
may_pull_ahead(const WindowState *state)
{
	return state->stream && state->nnulls < MAX_NULLS && drs_stream_has_room(state->stream);
}

static WindowState *
window_state(FunctionCallInfo fcinfo)
{
	WindowState *state = drs_window_state(fcinfo, sizeof(WindowState));
	const WindowParameter *parameter;
	MemoryContext old;

	if (state->rows.cxt != NULL)
		return state;
	drs_window_open(fcinfo, &state->rows);
	old = MemoryContextSwitchTo(state->rows.cxt);
	parameter = drs_window_parameter(fcinfo, &state->rows, ARG_DEPLOYMENT, "the deployment",
									 NULL);
	if (!parameter->isnull)
		state->deployment = TextDatumGetCString(parameter->value);
	parameter = drs_window_parameter(fcinfo, &state->rows, ARG_OPTIONS, "the options",
									 drs_same_document);
	if (!parameter->isnull)
		state->options = DatumGetJsonbP(parameter->value);
	MemoryContextSwitchTo(old);
	return state;
}

/*
 * Pull the next row of the partition, if there is one, and put it into the
 * stream unless it is NULL.
 */
static void
pull_row(FunctionCallInfo fcinfo, WindowState *state, MakeResultShape make_shape)
{
	WindowRows *rows = &state->rows;
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	Datum		row;
	bool		isnull;

	if (!drs_window_pull(rows, ARG_FEATURES, &row, &isnull))
	{
		if (state->stream)
			drs_stream_finish(state->stream);
	}
	else if (isnull)
		note_null_row(state);
	else
	{
		if (state->stream == NULL)
			open_stream(fcinfo, state, DatumGetHeapTupleHeader(row), make_shape);
		if (rows->may_differ)
			drs_window_check_pulled(rows);
		put_row(state, DatumGetHeapTupleHeader(row));
		if (state->stream->rows_put == DRS_FIRST_ROWS)
			limit_rows_ahead(state);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(rows->row_cxt);
	if (rows->npulled % MARK_EVERY == 0 && !rows->at_end)
		WinSetMarkPosition(rows->winobj, rows->npulled - 1);
}

/* Put a row into the stream.  Raises when it is of another type than the first one. */
static void
put_row(WindowState *state, HeapTupleHeader row)
{
	HeapTupleData tuple;

	if (HeapTupleHeaderGetTypeId(row) != state->row_type ||
		HeapTupleHeaderGetTypMod(row) != state->row_typmod)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("all rows of a partition must be of one type to be scored")));
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	tuple.t_data = row;
	state->row_bytes += tuple.t_len;
	heap_deform_tuple(&tuple, state->desc, state->values, state->isnull);
	drs_stream_put(state->stream, state->values, state->isnull);
}

/*
 * Allow as many rows ahead as fit a share of work_mem.  The tuplestore allocates
 * each row separately: a header, then the row rounded up to a power of two.
 */
static void
limit_rows_ahead(WindowState *state)
{
	int64		row_mem = pg_nextpower2_64(MAXALIGN(state->row_bytes / DRS_FIRST_ROWS) + 1) + 32;

	drs_stream_limit_rows(state->stream,
						  (int64) (work_mem * 1024.0 * WORK_MEM_SHARE) / row_mem);
}

/* Open the stream when the first row is there, whose type says what the features are. */
static void
open_stream(FunctionCallInfo fcinfo, WindowState *state, HeapTupleHeader row,
			MakeResultShape make_shape)
{
	MemoryContext old = MemoryContextSwitchTo(state->rows.cxt);
	Endpoint   *endpoint;
	Request    *request;
	Columns    *columns;
	PipelinePlan plan;

	state->row_type = HeapTupleHeaderGetTypeId(row);
	state->row_typmod = HeapTupleHeaderGetTypMod(row);
	state->desc = lookup_rowtype_tupdesc_copy(state->row_type, state->row_typmod);
	state->values = palloc(sizeof(Datum) * Max(state->desc->natts, 1));
	state->isnull = palloc(sizeof(bool) * Max(state->desc->natts, 1));
	refuse_nameless_row(fcinfo, state->desc);

	endpoint = drs_endpoint_resolve(NULL, state->options, OPTION_WINDOW);
	endpoint->counters = query_state(fcinfo)->counters;
	drs_columns_refuse_passthrough(&endpoint->options);
	request = drs_address_request(endpoint, state->deployment);
	columns = drs_features_choose(endpoint, request->deployment, state->desc, true);
	columns->nkept = columns->nkeys = 0;	/* the query has the row beside its prediction */
	plan = drs_pipeline_plan(&endpoint->options);
	plan.first_chunk_rows = DRS_FIRST_ROWS;
	state->stream = drs_pipeline_open(endpoint, request, columns, make_shape(fcinfo, columns),
									  &plan);
	MemoryContextSwitchTo(old);
}

/* Raise when the rows are written out in the query, without names. */
static void
refuse_nameless_row(FunctionCallInfo fcinfo, TupleDesc desc)
{
	WindowFunc *call = (WindowFunc *) fcinfo->flinfo->fn_expr;

	if (call && IsA(call, WindowFunc))
		drs_writtenrow_refuse(list_nth(call->args, ARG_FEATURES), desc,
							  "SELECT datarobot.predict(f, ...) OVER () "
							  "FROM (SELECT a, b FROM t) f");
}

/* Remember that the row just pulled is NULL. */
static void
note_null_row(WindowState *state)
{
	if (state->null_rows == NULL)
		state->null_rows = MemoryContextAlloc(state->rows.cxt, sizeof(int64) * MAX_NULLS);
	if (state->first_null == state->nnulls)
		state->first_null = state->nnulls = 0;
	state->null_rows[state->nnulls++] = state->rows.npulled - 1;
}

/* Was the row at that position NULL?  If so, forget it: rows are asked for in order. */
static bool
pop_null_row(WindowState *state, int64 position)
{
	if (state->first_null == state->nnulls || state->null_rows[state->first_null] != position)
		return false;
	state->first_null++;
	return true;
}

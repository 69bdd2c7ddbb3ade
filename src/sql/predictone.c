/*
 * predictone.c
 *		The functions predict_one, predict_label_one and predict_row_one: the
 *		prediction of one row, in a request of its own.
 *
 * A call opens what it needs and closes it, like a call that scores a table:
 * so options, privileges and the deployment are those of the moment, and an
 * error leaves nothing behind, whoever catches it.  The connection is kept by
 * the session (http/connection.h), and the record of the deployment for a
 * while (api/deploymentcache.h).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "nodes/primnodes.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "api/address.h"
#include "api/featurecompare.h"
#include "base/compat.h"
#include "realtime/pipeline.h"
#include "sql/arguments.h"
#include "sql/callguard.h"
#include "sql/resultkind.h"
#include "sql/rowcache.h"
#include "sql/writtenrow.h"

PG_FUNCTION_INFO_V1(drs_predict_one);
PG_FUNCTION_INFO_V1(drs_predict_label_one);
PG_FUNCTION_INFO_V1(drs_predict_row_one);

/* Arguments of the SQL functions. */
enum
{
	ARG_FEATURES,
	ARG_DEPLOYMENT,
	ARG_OPTIONS
};

#define USE_SCORE "Use datarobot.score to forecast."

typedef struct OneRow
{
	FunctionCallInfo fcinfo;
	const char *function;		/* name of the SQL function */
	HeapTupleHeader row;
	TupleDesc	desc;
	char	   *deployment;		/* NULL: the server's default */
	Jsonb	   *options;		/* NULL: none */
	Endpoint   *endpoint;
	StringInfoData key;			/* whatever the prediction depends on, for the cache */
} OneRow;

/* Make the result from values, as columns of the shape. */
typedef Datum (*MakeResult) (const OneRow *one, const Datum *values, const bool *isnull,
							 bool *result_isnull);

static Datum
first_value(const OneRow *one, const Datum *values, const bool *isnull, bool *result_isnull)
{
	*result_isnull = isnull[0];
	return values[0];
}

static Datum
whole_row(const OneRow *one, const Datum *values, const bool *isnull, bool *result_isnull)
{
	TupleDesc	desc = BlessTupleDesc(drs_resultkind_desc(one->fcinfo));

	*result_isnull = false;
	return HeapTupleGetDatum(heap_form_tuple(desc, unconstify(Datum *, values),
											 unconstify(bool *, isnull)));
}

static void
refuse_nameless_row(const OneRow *one)
{
	FuncExpr   *call = (FuncExpr *) one->fcinfo->flinfo->fn_expr;

	if (call && IsA(call, FuncExpr))
		drs_writtenrow_refuse(list_nth(call->args, ARG_FEATURES), one->desc,
							  "SELECT datarobot.predict_one(f, ...) FROM (SELECT a, b FROM t) f");
}

/* Raise for options about time series, which need more than one row. */
static void
refuse_series(const Options *options)
{
	const char *given = options->call.series_columns != NIL ? "series_columns" :
		options->call.time_column ? "time_column" : drs_options_forecast_parameter(options);

	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" has no meaning for one row", given),
				 errdetail("Forecasts of a time series are made from many of its rows."),
				 errhint(USE_SCORE)));
}

static void
put_row(const OneRow *one, PredictionStream *stream)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(one->desc->natts, 1));
	bool	   *isnull = palloc(sizeof(bool) * Max(one->desc->natts, 1));
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(one->row);
	tuple.t_data = one->row;
	heap_deform_tuple(&tuple, one->desc, values, isnull);
	drs_stream_put(stream, values, isnull);
	drs_stream_finish(stream);
}

/* Send the row and wait for its prediction. */
static PredictionStream *
send_row(OneRow *one, MakeResultShape make_shape)
{
	Endpoint   *endpoint = one->endpoint;
	Request    *request = drs_address_request(endpoint, one->deployment);
	Columns    *columns = drs_features_choose(endpoint, request->deployment, one->desc, true);
	PipelinePlan plan = drs_pipeline_plan(&endpoint->options);
	PredictionStream *stream;

	columns->nkept = columns->nkeys = 0;	/* the query has the row itself */
	plan.instead_of_forecasts = USE_SCORE;
	drs_callguard_count(one->function, endpoint->options.call.max_calls);
	stream = drs_pipeline_open(endpoint, request, columns, make_shape(one->fcinfo, columns),
							   &plan);
	put_row(one, stream);
	return stream;
}

/*
 * The bytes of a row are the same for the same record, if nothing of its
 * header counts but the number of columns and which are NULL.
 */
static void
make_key(OneRow *one)
{
	Oid			oids[] = {one->fcinfo->flinfo->fn_oid, one->endpoint->server_oid,
		one->endpoint->mapping_oid, HeapTupleHeaderGetTypeId(one->row),
	HeapTupleHeaderGetTypMod(one->row), HeapTupleHeaderGetNatts(one->row)};
	Size		fixed = offsetof(HeapTupleHeaderData, t_bits);

	initStringInfo(&one->key);
	appendBinaryStringInfo(&one->key, (char *) oids, sizeof(oids));
	appendStringInfoString(&one->key, one->deployment ? one->deployment : "");
	appendStringInfoChar(&one->key, '\0');
	if (one->options)
		appendBinaryStringInfo(&one->key, (char *) one->options, VARSIZE(one->options));
	appendStringInfoChar(&one->key, (one->row->t_infomask & HEAP_HASNULL) ? 'n' : 'v');
	appendBinaryStringInfo(&one->key, (char *) one->row + fixed,
						   HeapTupleHeaderGetDatumLength(one->row) - fixed);
}

/* The prediction, in the current memory context. */
static Datum
predict(OneRow *one, MakeResultShape make_shape, MakeResult make_result, bool *isnull)
{
	PredictionStream *stream;
	const Datum *values;
	const bool *nulls;

	one->function = get_func_name(one->fcinfo->flinfo->fn_oid);
	drs_callcounters_report(one->endpoint->counters, one->function);
	stream = send_row(one, make_shape);
	if (!drs_stream_take(stream, true, &values, &nulls))
		elog(ERROR, "no prediction for the row");
	return make_result(one, values, nulls, isnull);
}

/* Read the arguments, and raise for those that cannot be used.  Features are not NULL. */
static void
read_arguments(OneRow *one)
{
	FunctionCallInfo fcinfo = one->fcinfo;

	one->row = PG_GETARG_HEAPTUPLEHEADER(ARG_FEATURES);
	one->desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(one->row),
											HeapTupleHeaderGetTypMod(one->row));
	one->deployment = drs_argument_text(fcinfo, ARG_DEPLOYMENT);
	one->options = PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS);
	refuse_nameless_row(one);
	one->endpoint = drs_endpoint_resolve(NULL, one->options, OPTION_ONE);
	drs_columns_refuse_passthrough(&one->endpoint->options);
	refuse_series(&one->endpoint->options);
}

static Datum
predict_one(FunctionCallInfo fcinfo, Oid result_type, MakeResultShape make_shape,
			MakeResult make_result)
{
	OneRow		one = {.fcinfo = fcinfo};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt;
	Datum		result;
	int16		typlen;
	bool		typbyval;

	if (PG_ARGISNULL(ARG_FEATURES))
		PG_RETURN_NULL();
	cxt = AllocSetContextCreate(caller, "datarobot_scoring one row", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(cxt);
	get_typlenbyval(result_type, &typlen, &typbyval);
	read_arguments(&one);
	make_key(&one);
	if (!drs_rowcache_find(one.key.data, one.key.len, &result, &fcinfo->isnull))
	{
		result = predict(&one, make_shape, make_result, &fcinfo->isnull);
		drs_rowcache_keep(one.key.data, one.key.len, result, fcinfo->isnull, typbyval, typlen);
	}
	MemoryContextSwitchTo(caller);
	result = fcinfo->isnull ? (Datum) 0 : datumCopy(result, typbyval, typlen);
	MemoryContextDelete(cxt);
	return result;
}

Datum
drs_predict_one(PG_FUNCTION_ARGS)
{
	return predict_one(fcinfo, FLOAT8OID, drs_resultkind_number, first_value);
}

Datum
drs_predict_label_one(PG_FUNCTION_ARGS)
{
	return predict_one(fcinfo, TEXTOID, drs_resultkind_label, first_value);
}

Datum
drs_predict_row_one(PG_FUNCTION_ARGS)
{
	return predict_one(fcinfo, RECORDOID, drs_resultkind_row, whole_row);
}

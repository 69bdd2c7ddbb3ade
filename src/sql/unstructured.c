/*
 * unstructured.c
 *		The function predict_unstructured: sends a body to a custom model and
 *		returns its answer (docs/api.md 1.13).
 *
 * What both contain is up to the model.  The body is sent as a chunk of one
 * record, so that it is delivered, repeated and given up like any other.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/address.h"
#include "base/compat.h"
#include "base/headertext.h"
#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"
#include "realtime/dispatch.h"
#include "rows/chunk.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_predict_unstructured);

#define DEFAULT_CONTENT_TYPE "application/octet-stream"
#define MAX_CONTENT_TYPE 200

/* Raise unless it can be the value of a header. */
static void
check_content_type(const char *type)
{
	if (type[0] == '\0' || strlen(type) > MAX_CONTENT_TYPE || !drs_is_header_safe(type))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid content type: \"%s\"", type),
				 errdetail("It must be printable ASCII of at most %d bytes, such as "
						   "\"text/plain; charset=UTF-8\".", MAX_CONTENT_TYPE)));
}

static void
check_size(size_t len)
{
	if (len > DRS_MAX_BODY_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the body is too large for one request"),
				 errdetail("It has %zu bytes; DataRobot accepts at most %d.", len,
						   DRS_MAX_BODY_BYTES)));
}

/* Raise for options about rows, because there are none. */
static void
check_options(const Options *options)
{
	const char *given = options->call.key_columns != NIL ? "key_columns" :
		options->call.passthrough_columns != NIL ? "passthrough_columns" :
		options->call.passthrough_columns_set ? "passthrough_columns_set" :
		options->call.details ? "details" : NULL;

	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" has no meaning for an unstructured model", given)));
}

/* A chunk whose header is the body, and whose only record is empty. */
static Chunk *
body_chunk(const char *body, size_t len)
{
	Chunk	   *chunk = drs_chunk_open(CurrentMemoryContext, 0, 1, len, body, len, false);

	drs_chunk_add_record(chunk, len, NULL);
	return chunk;
}

static Datum
make_result(FunctionCallInfo fcinfo, const Exchange *exchange)
{
	TupleDesc	desc;
	bytea	   *body = palloc(VARHDRSZ + exchange->body.len);
	Datum		values[2];
	bool		isnull[2] = {false, exchange->content_type[0] == '\0'};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "predict_unstructured must return a row");
	SET_VARSIZE(body, VARHDRSZ + exchange->body.len);
	if (exchange->body.len > 0)
		memcpy(VARDATA(body), exchange->body.data, exchange->body.len);
	values[0] = PointerGetDatum(body);
	values[1] = CStringGetTextDatum(exchange->content_type);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, isnull));
}

/* predict_unstructured(deployment, body, content_type, server, options) */
Datum
drs_predict_unstructured(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "datarobot_scoring unstructured",
											  ALLOCSET_DEFAULT_SIZES);
	char	   *content_type;
	bytea	   *body;
	Endpoint   *endpoint;
	Request    *request;
	const Exchange *exchange;
	Datum		result;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	MemoryContextSwitchTo(cxt);
	body = PG_GETARG_BYTEA_PP(1);
	content_type = PG_ARGISNULL(2) ? DEFAULT_CONTENT_TYPE : drs_argument_text(fcinfo, 2);
	check_content_type(content_type);
	check_size(VARSIZE_ANY_EXHDR(body));
	endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 3),
									PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4), OPTION_BODY);
	check_options(&endpoint->options);
	request = drs_address_unstructured(endpoint, drs_argument_text(fcinfo, 0), content_type);
	/* raises when there is no answer with status 200 */
	exchange = drs_dispatch_alone(endpoint, request,
								  body_chunk(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)));
	MemoryContextSwitchTo(caller);
	result = make_result(fcinfo, exchange);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

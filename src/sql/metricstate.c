/*
 * metricstate.c
 *		States of aggregates that are of one piece.
 */
#include "postgres.h"

#include "base/compat.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_metric_serialize);
PG_FUNCTION_INFO_V1(drs_metric_deserialize);

MemoryContext
drs_metric_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of an aggregate called outside of one");
	return context;
}

void *
drs_metric_state(FunctionCallInfo fcinfo, Size size)
{
	void	   *state;

	if (!PG_ARGISNULL(0))
		return PG_GETARG_POINTER(0);
	state = MemoryContextAllocZero(drs_metric_context(fcinfo), size);
	SET_VARSIZE(state, size);
	return state;
}

Datum
drs_metric_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

Datum
drs_metric_combine(FunctionCallInfo fcinfo, void (*merge) (void *to, const void *from))
{
	const void *from;
	void	   *to;

	if (PG_ARGISNULL(1))
		return drs_metric_unchanged(fcinfo);
	from = PG_GETARG_POINTER(1);
	to = drs_metric_state(fcinfo, VARSIZE(from));
	if (PG_ARGISNULL(0))
		memcpy(to, from, VARSIZE(from));
	else
		merge(to, from);
	PG_RETURN_POINTER(to);
}

Datum
drs_metric_serialize(PG_FUNCTION_ARGS)
{
	const void *state = PG_GETARG_POINTER(0);
	bytea	   *copy = palloc(VARSIZE(state));

	memcpy(copy, state, VARSIZE(state));
	PG_RETURN_BYTEA_P(copy);
}

/* The bytes may lie anywhere; the state is aligned.  It lives until it is merged into another. */
Datum
drs_metric_deserialize(PG_FUNCTION_ARGS)
{
	const bytea *bytes = PG_GETARG_BYTEA_PP(0);
	Size		length = VARSIZE_ANY_EXHDR(bytes);
	char	   *state = palloc(VARHDRSZ + length);

	memcpy(VARDATA(state), VARDATA_ANY(bytes), length);
	SET_VARSIZE(state, VARHDRSZ + length);
	PG_RETURN_POINTER(state);
}

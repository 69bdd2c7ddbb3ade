/*
 * resultset.c
 *		Returns rows from a set-returning function, one after another.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "sql/resultset.h"

ResultSet *
drs_resultset_open(FunctionCallInfo fcinfo)
{
	ResultSet  *result = palloc(sizeof(ResultSet));

	InitMaterializedSRF(fcinfo, 0);
	result->info = (ReturnSetInfo *) fcinfo->resultinfo;
	result->columns = TupleDescGetAttInMetadata(result->info->setDesc);
	result->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result row",
											ALLOCSET_SMALL_SIZES);
	return result;
}

void
drs_resultset_put(ResultSet *result, const char *const *values)
{
	MemoryContext old = MemoryContextSwitchTo(result->row_cxt);

	tuplestore_puttuple(result->info->setResult,
						BuildTupleFromCStrings(result->columns, (char **) values));
	MemoryContextSwitchTo(old);
	MemoryContextReset(result->row_cxt);
}

const char *
drs_resultset_bool(bool value)
{
	return value ? "true" : "false";
}

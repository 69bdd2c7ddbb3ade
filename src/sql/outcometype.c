/*
 * outcometype.c
 *		Makes the type outcome from a boolean.
 */
#include "postgres.h"

#include "fmgr.h"

PG_FUNCTION_INFO_V1(drs_outcome_of_boolean);

Datum
drs_outcome_of_boolean(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(PG_GETARG_BOOL(0) ? 1 : 0);
}

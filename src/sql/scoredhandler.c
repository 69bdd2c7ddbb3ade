/*
 * scoredhandler.c
 *		The handler of the foreign-data wrapper: what makes scored tables of its
 *		foreign tables.
 */
#include "postgres.h"

#include "fmgr.h"

#include "scored/scanroutine.h"

PG_FUNCTION_INFO_V1(drs_scored_handler);

Datum
drs_scored_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(drs_scanroutine());
}

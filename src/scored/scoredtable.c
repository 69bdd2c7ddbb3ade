/*
 * scoredtable.c
 *		What the catalogs say of a scored table.
 */
#include "postgres.h"

#include "scored/scoredtable.h"

ScoredTable *
drs_scored_table(Oid relid)
{
	return palloc0(sizeof(ScoredTable));
}

ScoredColumn *
drs_scored_columns(const ScoredTable *table, TupleDesc desc, TupleDesc source)
{
	return palloc0(desc->natts * sizeof(ScoredColumn));
}

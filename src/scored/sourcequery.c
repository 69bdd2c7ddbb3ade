/*
 * sourcequery.c
 *		The query of a scored table as trees: analyzed, wrapped, planned.
 */
#include "postgres.h"

#include "scored/sourcequery.h"

SourceQuery *
drs_sourcequery_analyze(const ScoredTable *table, Oid asker)
{
	return palloc0(sizeof(SourceQuery));
}

Query *
drs_sourcequery_wrap(const SourceQuery *source, const ScoredTable *table, const SourceAsk *ask)
{
	return copyObject(source->query);
}

PlannedStmt *
drs_sourcequery_plan(const Query *wrapped, const char *text, bool fast_start,
					 ParamListInfo params)
{
	return NULL;
}

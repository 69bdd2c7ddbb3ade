/*
 * querycolumn.c
 *		The column of a query that a specification names.
 */
#include "postgres.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/names.h"
#include "sql/querycolumn.h"

pg_noreturn static void
refuse_unknown(TupleDesc desc, const char *name)
{
	const char *closest = drs_closest_column(desc, name);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the query has no column \"%s\"", name),
			 closest ? errhint("Perhaps you meant the column \"%s\".", closest) : 0));
}

int
drs_query_column(TupleDesc desc, const char *name)
{
	int			column = drs_names_column(desc, name);

	if (column < 0)
		refuse_unknown(desc, name);
	for (int i = column + 1; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the query has more than one column \"%s\"", name)));
	return column;
}

/*
 * names.c
 *		Finds a name in a list of names, and a column by its name.
 */
#include "postgres.h"

#include "base/names.h"

bool
drs_names_have(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

static bool
has_name(TupleDesc desc, int column, const char *name)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, column);

	return !attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0;
}

int
drs_names_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (has_name(desc, i, name))
			return i;
	return -1;
}

int
drs_names_column_among(TupleDesc desc, const int *indexes, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (has_name(desc, indexes[i], name))
			return i;
	return -1;
}

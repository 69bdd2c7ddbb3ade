/*
 * closest.c
 *		Finds the closest name by PostgreSQL's Levenshtein distance.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/varlena.h"

#include "base/closest.h"

#define MAX_EDITS 3				/* with more, it is another word */

void
drs_closest_init(ClosestName *closest, const char *wanted)
{
	closest->wanted = wanted;
	closest->found = NULL;
	closest->distance = MAX_EDITS + 1;
}

void
drs_closest_try(ClosestName *closest, const char *name)
{
	size_t		length = strlen(closest->wanted);
	int			edits;

	if (length >= NAMEDATALEN)	/* computing the distance takes quadratic time, and no name is
								 * that long */
		return;
	edits = varstr_levenshtein_less_equal(closest->wanted, length, name, strlen(name),
										  1, 1, 1, closest->distance, true);
	/* as in PostgreSQL: no more than half of the characters may be wrong */
	if (edits < closest->distance && edits <= pg_mbstrlen(closest->wanted) / 2)
	{
		closest->distance = edits;
		closest->found = name;
	}
}

const char *
drs_closest_column(TupleDesc desc, const char *wanted)
{
	ClosestName closest;

	drs_closest_init(&closest, wanted);
	for (int i = 0; i < desc->natts; i++)
		drs_closest_try(&closest, NameStr(TupleDescAttr(desc, i)->attname));
	return closest.found;
}

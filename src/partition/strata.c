/*
 * strata.c
 *		Numbers the values of a target, and counts their rows.
 *
 * Values are known by their 64-bit hash.  That two of a thousand values have
 * the same one, and so are one stratum, has a probability below 1e-13.
 */
#include "postgres.h"

#include "partition/strata.h"

/* A power of 2, so that at most half of the places are taken. */
#define PLACES 2048

StaticAssertDecl(PLACES >= 2 * MAX_STRATA, "the table of strata must not fill up");

typedef struct StratumPlace
{
	uint64		hash;
	int			stratum;		/* -1: free */
} StratumPlace;

struct Strata
{
	int			count;
	int64		nrows[MAX_STRATA];
	StratumPlace places[PLACES];
};

Strata *
drs_strata_make(void)
{
	Strata	   *strata = palloc0(sizeof(Strata));

	for (int i = 0; i < PLACES; i++)
		strata->places[i].stratum = -1;
	return strata;
}

/* The place of a hash, or the free one where it belongs. */
static int
find_place(const Strata *strata, uint64 hash)
{
	int			place = hash % PLACES;

	while (strata->places[place].stratum >= 0 && strata->places[place].hash != hash)
		place = (place + 1) % PLACES;
	return place;
}

static void
refuse_more(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the target has more than %d different values", MAX_STRATA),
			 errdetail("Rows are stratified by classes."),
			 errhint("To stratify a number that is mostly zero, use whether it is: "
					 "stratified_cv(spend = 0, ...).")));
}

void
drs_strata_count(Strata *strata, uint64 hash)
{
	StratumPlace *place = &strata->places[find_place(strata, hash)];

	if (place->stratum < 0)
	{
		if (strata->count == MAX_STRATA)
			refuse_more();
		place->hash = hash;
		place->stratum = strata->count++;
	}
	strata->nrows[place->stratum]++;
}

int
drs_strata_number(const Strata *strata)
{
	return strata->count;
}

const int64 *
drs_strata_rows(const Strata *strata)
{
	return strata->nrows;
}

int
drs_strata_find(const Strata *strata, uint64 hash)
{
	int			stratum = strata->places[find_place(strata, hash)].stratum;

	if (stratum < 0)
		elog(ERROR, "a value of the target was not counted");
	return stratum;
}

/*
 * selection.c
 *		Draws a set for each row, so that all sets get exactly their sizes.
 */
#include "postgres.h"

#include "partition/selection.h"
#include "partition/stablemix.h"

typedef struct SelectedStratum
{
	uint64		state;			/* of the generator of its random numbers */
	uint64		ndrawn;
	int64		nleft;			/* rows not drawn yet */
	int64	   *places;			/* those left in each set */
} SelectedStratum;

struct Selection
{
	int			nsets;
	SelectedStratum strata[FLEXIBLE_ARRAY_MEMBER];
};

/* total * part / whole, half up; parts are below whole, which is below 2^31 or the same. */
static int64
proportion(int64 total, int64 part, int64 whole)
{
	return part == whole ? total : (total * part + whole / 2) / whole;
}

/*
 * Divide what a set gets among strata, of which each has so many rows left: the
 * set has its share of all strata up to each one, rounded.  So each stratum gets
 * its share within one row, and the total is exact.
 */
static void
share_by_strata(Selection *selection, int nstrata, int set, int64 size)
{
	int64		whole = 0;
	int64		part = 0;
	int64		before = 0;

	for (int i = 0; i < nstrata; i++)
		whole += selection->strata[i].nleft;
	for (int i = 0; i < nstrata; i++)
	{
		SelectedStratum *stratum = &selection->strata[i];
		int64		up_to;

		part += stratum->nleft;
		up_to = proportion(size, part, whole);
		stratum->places[set] = up_to - before;
		stratum->nleft -= stratum->places[set];
		before = up_to;
	}
}

/*
 * Deal the rows that are left to the folds in turn, those of one stratum after
 * those of the other.  So folds differ by at most one row, in a stratum and in total.
 */
static void
deal_to_folds(Selection *selection, int nstrata, int folds)
{
	int64		first = 0;		/* fold of a stratum's first row */

	for (int i = 0; i < nstrata; i++)
	{
		SelectedStratum *stratum = &selection->strata[i];

		for (int j = 0; j < folds; j++)
			stratum->places[SET_FIRST_FOLD + (first + j) % folds] =
				stratum->nleft / folds + (j < stratum->nleft % folds);
		first += stratum->nleft % folds;
	}
}

static void
give_places(Selection *selection, int nstrata, const Shares *shares, const int64 *sizes)
{
	share_by_strata(selection, nstrata, SET_HOLDOUT, sizes[SET_HOLDOUT]);
	if (shares->folds > 0)
		deal_to_folds(selection, nstrata, shares->folds);
	else
	{
		share_by_strata(selection, nstrata, SET_VALIDATION, sizes[SET_VALIDATION]);
		for (int i = 0; i < nstrata; i++)
			selection->strata[i].places[SET_TRAINING] = selection->strata[i].nleft;
	}
}

Selection *
drs_selection_make(const Shares *shares, uint64 seed, int nstrata, const int64 *nrows)
{
	Selection  *selection = palloc0(offsetof(Selection, strata) +
									sizeof(SelectedStratum) * nstrata);
	int64		sizes[MAX_SETS];
	int64		total = 0;

	for (int i = 0; i < nstrata; i++)
		total += nrows[i];
	drs_shares_sizes(shares, total, sizes);
	selection->nsets = drs_shares_count(shares);
	for (int i = 0; i < nstrata; i++)
	{
		selection->strata[i].state = drs_stablemix_nth(seed, i);
		selection->strata[i].nleft = nrows[i];
		selection->strata[i].places = palloc0(sizeof(int64) * selection->nsets);
	}
	give_places(selection, nstrata, shares, sizes);
	for (int i = 0; i < nstrata; i++)
		selection->strata[i].nleft = nrows[i];
	return selection;
}

int
drs_selection_draw(Selection *selection, int number)
{
	SelectedStratum *stratum = &selection->strata[number];
	uint64		random = drs_stablemix_nth(stratum->state, stratum->ndrawn++);
	int64		place;
	int			set = 0;

	if (stratum->nleft == 0)
		elog(ERROR, "stratum %d has no row left to draw", number);
	place = (int64) drs_stablemix_below(random, stratum->nleft--);
	while (place >= stratum->places[set])
		place -= stratum->places[set++];
	stratum->places[set]--;
	return set;
}

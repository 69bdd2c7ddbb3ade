/*
 * selection.h
 *		Draws a set for each row, so that all sets get exactly their sizes.
 *
 * Rows come in strata: the values of a target, or one stratum for all rows.  In
 * each, the rows of a set are a random sample of those of the stratum, and each
 * sample is as likely as any other (selection sampling, as in Knuth, The Art of
 * Computer Programming, volume 2, 3.4.2, algorithm S): when n rows are left, the next one
 * gets into a set that m places are left in with probability m/n.
 *
 * The result depends on the seed, the sizes of the strata and the order of the
 * rows, and on nothing else.
 */
#ifndef DRS_SELECTION_H
#define DRS_SELECTION_H

#include "partition/shares.h"

typedef struct Selection Selection;

/*
 * A selection for strata of the given numbers of rows, palloc'd: 8 bytes for each
 * stratum and set.  Raises 22023 when there are too few rows for the sets.
 */
extern Selection *drs_selection_make(const Shares *shares, uint64 seed, int nstrata,
									 const int64 *nrows);

/* The set of the next row of a stratum.  Raises XX000 when the stratum has no rows left. */
extern int	drs_selection_draw(Selection *selection, int stratum);

#endif							/* DRS_SELECTION_H */

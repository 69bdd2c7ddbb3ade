/*
 * plainrow.h
 *		Makes rows of a scored table of which nothing comes from an answer.
 */
#ifndef DRS_PLAINROW_H
#define DRS_PLAINROW_H

#include "access/tupdesc.h"
#include "executor/tuptable.h"

typedef struct PlainRow PlainRow;

/*
 * For rows of result.  sources has the index in source of each of its columns, or -1 for
 * row_number.  Palloc'd; both descriptors must live as long.
 */
extern PlainRow *drs_plainrow_create(TupleDesc result, const int *sources, TupleDesc source);

/*
 * Make a row of the next row of the query.  Values of other types go through their
 * text, as those that are kept beside an answer do.  All are valid as long as the
 * slot and the current memory context.
 */
extern void drs_plainrow_make(PlainRow *plain, TupleTableSlot *slot, const Datum **values,
							  const bool **isnull);

#endif							/* DRS_PLAINROW_H */

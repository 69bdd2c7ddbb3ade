/*
 * scanorder.h
 *		Which order that a statement wants a scored table's query can have.
 */
#ifndef DRS_SCANORDER_H
#define DRS_SCANORDER_H

#include "scored/pushdown.h"
#include "scored/sourcequery.h"

/*
 * The order by which the query is to be sorted so that rows come by the first
 * of pathkeys, as many of them as are columns of the query: a list of
 * SourceSort *, one for each.  NIL when already the first is none.
 */
extern List *drs_scanorder(const PushMap *map, RelOptInfo *rel, List *pathkeys);

#endif							/* DRS_SCANORDER_H */

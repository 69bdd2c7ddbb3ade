/*
 * scanorder.h
 *		How much of an order that a statement wants the query of a scored table
 *		can give.
 */
#ifndef DRS_SCANORDER_H
#define DRS_SCANORDER_H

#include "scored/pushdown.h"
#include "scored/sourcequery.h"

/*
 * The order by which the query is to be sorted so that rows come by the first
 * of pathkeys, as many of them as are columns of the query: a list of
 * SourceSort *, one for each, palloc'd.  NIL when already the first is none.
 */
extern List *drs_scanorder(const PushMap *map, RelOptInfo *rel, List *pathkeys);

#endif							/* DRS_SCANORDER_H */

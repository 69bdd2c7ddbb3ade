/*
 * scancolumns.h
 *		Which columns of a scored table a statement reads.
 */
#ifndef DRS_SCANCOLUMNS_H
#define DRS_SCANCOLUMNS_H

#include "scored/pushdown.h"

/*
 * The attribute numbers of the columns that a scan is to return, ascending,
 * when some conditions (of RestrictInfo *) are pushed and others are evaluated
 * on what comes back.  System columns are not among them.
 */
extern List *drs_scancolumns(PlannerInfo *root, RelOptInfo *rel, const PushMap *map,
							 List *pushed, List *local);

/*
 * Is anything of the answer read, if these are?  Rows of forecasts are not
 * those of the query, so that even counting them needs the answer.
 */
extern bool drs_scancolumns_need_answer(const PushMap *map, const List *columns);

#endif							/* DRS_SCANCOLUMNS_H */

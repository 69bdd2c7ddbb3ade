/*
 * scanouter.h
 *		By which values of other relations a scored table can be asked.
 */
#ifndef DRS_SCANOUTER_H
#define DRS_SCANOUTER_H

#include "scored/pushdown.h"

/* May the condition be evaluated in the query, before all others? */
extern bool drs_scanouter_may(const PushMap *map, RelOptInfo *rel, RestrictInfo *condition);

/*
 * The sets of other relations whose rows give conditions that can be pushed
 * into the query: a list of ParamPathInfo *, which the planner shares.
 */
extern List *drs_scanouter(const PushMap *map, PlannerInfo *root, RelOptInfo *rel);

#endif							/* DRS_SCANOUTER_H */

/*
 * scankeys.h
 *		Lets the planner know which columns of a scored table are keys.
 */
#ifndef DRS_SCANKEYS_H
#define DRS_SCANKEYS_H

#include "scored/pushdown.h"
#include "scored/queryestimate.h"

/*
 * For each column of rel that these conditions (of RestrictInfo *) compare for
 * equality: if its values in the query are all different, as is expected,
 * estimates for rel will know.  Nothing but estimates changes.
 */
extern void drs_scankeys_add(const QueryEstimate *estimate, const PushMap *map, RelOptInfo *rel,
							 List *conditions);

#endif							/* DRS_SCANKEYS_H */

/*
 * featurename.h
 *		Finds the column that is probably meant by a feature's name.
 */
#ifndef DRS_FEATURENAME_H
#define DRS_FEATURENAME_H

#include "rows/sourcecolumns.h"

/*
 * The name of a sent column that is the feature's except for case, blanks,
 * underscores, hyphens and dots, or cut at the length of a column's name; NULL
 * when there is none.  Not copied.
 */
extern const char *drs_feature_lookalike(const char *feature, const Columns *columns);

/*
 * The option "feature_names" with these and more pairs (of Renaming *), as the
 * text of a JSON object; palloc'd.
 */
extern char *drs_feature_names_json(List *given, List *more);

#endif							/* DRS_FEATURENAME_H */

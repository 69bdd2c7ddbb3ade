/*
 * featurename.h
 *		Finds the column that a feature's name was probably made into.
 */
#ifndef DRS_FEATURENAME_H
#define DRS_FEATURENAME_H

#include "rows/sourcecolumns.h"

/*
 * The column that is sent by a name that differs from the feature's in case,
 * or in blanks, underscores and hyphens only, or is as much of it as a
 * column's name can hold; NULL when there is none.
 */
extern const char *drs_feature_lookalike(const char *feature, const Columns *columns);

/*
 * The option "feature_names" with these and more pairs (of
 * Renaming *), as the text of a JSON object; palloc'd.
 */
extern char *drs_feature_names_json(List *given, List *more);

#endif							/* DRS_FEATURENAME_H */

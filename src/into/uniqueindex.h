/*
 * uniqueindex.h
 *		The unique index of a target that ON CONFLICT can use.
 */
#ifndef DRS_UNIQUEINDEX_H
#define DRS_UNIQUEINDEX_H

#include "into/target.h"

/*
 * What to write after ON CONFLICT to use a unique index on exactly these columns (of
 * char *): the columns, each with collation and operator class, since indexes that
 * compare differently would be used with it otherwise.  The index is of all rows,
 * checked at once, and considers the same values equal as the columns' own equality.
 * NULL when there is none; palloc'd.
 */
extern char *drs_unique_index_find(const Target *target, List *columns);

#endif							/* DRS_UNIQUEINDEX_H */

/*
 * keyranges.h
 *		Cuts the rows of a query into ranges of its key.
 */
#ifndef DRS_KEYRANGES_H
#define DRS_KEYRANGES_H

#include "nodes/pg_list.h"

/*
 * Cut the rows into that many ranges of about the same size.  Returns the last
 * key of each range but the last: a List of parts - 1 Lists of char *, as
 * drs_key_texts() writes them, ascending and palloc'd; fewer when there are too
 * few rows.  *end becomes the last key of all, NIL when there are no rows.
 *
 * Checks the query as drs_source_run() does and the key columns as drs_key_of()
 * does.  Reads all keys once, in order, and raises for one that is NULL
 * (22004) or repeated (21000).  To be called inside a snapshot.
 */
extern List *drs_keyranges_cut(const char *query, List *key_columns, int parts, List **end);

#endif							/* DRS_KEYRANGES_H */

/*
 * keyranges.h
 *		Cuts the rows of a query into ranges of its key.
 */
#ifndef DRS_KEYRANGES_H
#define DRS_KEYRANGES_H

#include "nodes/pg_list.h"

/*
 * Keys that cut the input into that many ranges of about as many rows each: a
 * List of parts - 1 Lists of char *, as drs_key_texts writes them, ascending;
 * fewer where there are too few rows.  Each is the last key of its range.
 *
 * end becomes the last key of all, NIL where there are no rows.
 *
 * Checks the query as drs_source_run does and the key columns as drs_key_of.
 * Reads all keys once, in order, and raises for one that is NULL (22004) or
 * comes twice (21000).  Inside a snapshot.
 */
extern List *drs_keyranges_cut(const char *query, List *key_columns, int parts, List **end);

#endif							/* DRS_KEYRANGES_H */

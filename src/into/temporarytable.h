/*
 * temporarytable.h
 *		Temporary tables that a commit empties (ON COMMIT DELETE ROWS).
 *
 * No catalog tells of them.  So a table that is empty gets an empty page, which
 * holds no row and is found by nobody, and the next commit shows whether it
 * stays.  A table that has pages when a transaction begins keeps them anyway.
 *
 */
#ifndef DRS_TEMPORARYTABLE_H
#define DRS_TEMPORARYTABLE_H

#include "nodes/pg_list.h"

/* Mark the empty temporary tables that writing to target leads to, and return them (of Oid). */
extern List *drs_temporarytable_mark(Oid target);

/*
 * In a transaction behind that: raise (0A000) when one of them was emptied.  name is the target's.
 */
extern void drs_temporarytable_check(List *marked, const char *name);

#endif							/* DRS_TEMPORARYTABLE_H */

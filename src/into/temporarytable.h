/*
 * temporarytable.h
 *		Temporary tables that a commit empties (ON COMMIT DELETE ROWS).
 *
 * No catalog shows which do.  So a table that is empty gets an empty page, which
 * contains no row and is never read, and the next commit shows whether the page
 * stays.  A table that has pages when a transaction begins keeps them anyway.
 */
#ifndef DRS_TEMPORARYTABLE_H
#define DRS_TEMPORARYTABLE_H

#include "nodes/pg_list.h"

/*
 * Mark the empty temporary tables that writing to target leads to, and return them
 * (of Oid).
 */
extern List *drs_temporarytable_mark(Oid target);

/* In a later transaction: raise 0A000 when one of them was emptied.  name is the target's. */
extern void drs_temporarytable_check(List *marked, const char *name);

#endif							/* DRS_TEMPORARYTABLE_H */

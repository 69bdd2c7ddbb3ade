/*
 * targetidentity.h
 *		Is the target of a run still the one that it began with?
 *
 * Between two slices, or before a run is resumed, a name can come to mean another
 * table, and a table can lose columns or partitions; the rows of earlier slices would
 * not be there.
 */
#ifndef DRS_TARGETIDENTITY_H
#define DRS_TARGETIDENTITY_H

#include "nodes/pg_list.h"

/* What identifies a target, as texts (List of char *) for the ledger. */
typedef struct Identity
{
	List	   *relations;		/* it, and all that it leads to (see
								 * reach.h); NIL: there is none yet */
	List	   *columns;
} Identity;

/*
 * The identity of what a qualified name refers to now; without relations if there is
 * nothing.  Palloc'd.
 */
extern Identity drs_targetidentity_of(const char *name);

/*
 * Raise when what the name refers to now is not what it was (55000), or nothing
 * (42P01).  There may be more relations, and columns may have been added or dropped;
 * with alike, for callers that match the columns anew, none may have been added.
 * Until the transaction ends, the name keeps its meaning.
 */
extern void drs_targetidentity_check(const Identity *then, const char *name, bool alike);

#endif							/* DRS_TARGETIDENTITY_H */

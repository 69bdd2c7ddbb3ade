/*
 * targetidentity.h
 *		Is the target of a run still the one that it began with?
 *
 * A name can come to stand for another table, and a table can lose columns or
 * partitions, between two slices or before a run is resumed; the rows of the
 * slices before would not be there.
 */
#ifndef DRS_TARGETIDENTITY_H
#define DRS_TARGETIDENTITY_H

#include "nodes/pg_list.h"

/* By what a target is known again, as texts (List of char *) for the ledger. */
typedef struct Identity
{
	List	   *relations;		/* it, and all that it leads to (see
								 * reach.h); NIL: there is none yet */
	List	   *columns;
} Identity;

/*
 * The identity of what a qualified name stands for now;
 * without relations where there is nothing.  Palloc'd.
 */
extern Identity drs_targetidentity_of(const char *name);

/*
 * Raise when what the name stands for now is not what it was (55000), or
 * nothing (42P01).  Relations may have come in addition, and columns may have
 * come or gone; with alike, for who looks at the columns anew, none may have
 * come.  To the end of the transaction the name stays what it is.
 */
extern void drs_targetidentity_check(const Identity *then, const char *name, bool alike);

#endif							/* DRS_TARGETIDENTITY_H */

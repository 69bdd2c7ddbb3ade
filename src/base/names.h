/*
 * names.h
 *		Finds a name in a list of names, and a column by its name.
 *
 * Names are compared byte by byte, as the server compares them.  Nothing here
 * raises.
 */
#ifndef DRS_NAMES_H
#define DRS_NAMES_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/* Is the name in the list (of char *)? */
extern bool drs_names_have(List *names, const char *name);

/* The index of the first column of that name that was not dropped, or -1. */
extern int	drs_names_column(TupleDesc desc, const char *name);

/* The same among the columns with these indexes: the position in indexes, or -1. */
extern int	drs_names_column_among(TupleDesc desc, const int *indexes, int count,
								   const char *name);

#endif							/* DRS_NAMES_H */

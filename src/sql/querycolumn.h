/*
 * querycolumn.h
 *		The column of a query that a specification names.
 */
#ifndef DRS_QUERYCOLUMN_H
#define DRS_QUERYCOLUMN_H

#include "access/tupdesc.h"

/* Its index, from 0.  Raises 42703 when the query has no such column, and 42702 for several. */
extern int	drs_query_column(TupleDesc desc, const char *name);

#endif							/* DRS_QUERYCOLUMN_H */

/*
 * resultset.h
 *		The rows of a set-returning function, put one after another.
 *
 * Values are texts as the input functions of the result's columns read them,
 * so that a row is an array of strings, whatever the types.
 */
#ifndef DRS_RESULTSET_H
#define DRS_RESULTSET_H

#include "fmgr.h"
#include "funcapi.h"

typedef struct ResultSet
{
	ReturnSetInfo *info;
	AttInMetadata *columns;
	MemoryContext row_cxt;		/* reset after every row */
} ResultSet;

/*
 * Begin the result of the function that was called so.  It lives in the current
 * memory context, the rows in a tuplestore of the query's.  Raises when the
 * caller cannot take a set.
 */
extern ResultSet *drs_resultset_open(FunctionCallInfo fcinfo);

/* One row: a text for each column, NULL for null.  Raises what the input functions raise. */
extern void drs_resultset_put(ResultSet *result, const char *const *values);

/* A text for a boolean column. */
extern const char *drs_resultset_bool(bool value);

#endif							/* DRS_RESULTSET_H */

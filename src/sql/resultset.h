/*
 * resultset.h
 *		Returns rows from a set-returning function, one after another.
 *
 * Values are texts for the input functions of the result's columns, so that a
 * row is an array of strings, whatever the types.
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
 * Begin the result of the function that was called with fcinfo.  It is palloc'd
 * in the current memory context; its rows are in a tuplestore of the query's.
 * Raises when the caller does not accept a set.
 */
extern ResultSet *drs_resultset_open(FunctionCallInfo fcinfo);

/* Put a row: a text for each column, or NULL.  Raises what the input functions raise. */
extern void drs_resultset_put(ResultSet *result, const char *const *values);

/* A text for a boolean column; a constant. */
extern const char *drs_resultset_bool(bool value);

#endif							/* DRS_RESULTSET_H */

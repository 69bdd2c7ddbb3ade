/*
 * resultrows.h
 *		Returns the records of a result as rows of a function.
 */
#ifndef DRS_RESULTROWS_H
#define DRS_RESULTROWS_H

#include "nodes/execnodes.h"

#include "sql/resultdownload.h"

/* It is the first member of the struct of each such function. */
typedef struct ResultRows
{
	ResultDownload result;
	ReturnSetInfo *info;
	MemoryContext cxt;			/* of what reads the result; reset when it begins again */
	MemoryContext row_cxt;		/* for the caller to reset after each row */
	size_t		unread;			/* bytes since the last record; the caller sets it back */
} ResultRows;

/* Begin the rows of a set-returning function.  Raises when the caller does not accept a set. */
extern void drs_resultrows_open(FunctionCallInfo fcinfo, ResultRows *rows);

/* The result begins: there is no row yet. */
extern void drs_resultrows_begin(ResultRows *rows);

/*
 * Note that as many more bytes are read.  Raises 54000 for a record that is too large: quotes
 * that are never closed would make one of all that follows.
 */
extern void drs_resultrows_check(ResultRows *rows, size_t len);

#endif							/* DRS_RESULTROWS_H */

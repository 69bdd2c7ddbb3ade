/*
 * source.h
 *		Runs the caller's query and hands over its rows one at a time.
 *		PostgreSQL licence.
 */
#ifndef DRS_SOURCE_H
#define DRS_SOURCE_H

#include "executor/tuptable.h"

typedef struct RowConsumer
{
	void		(*start) (TupleDesc desc, void *arg);	/* once, before the first row */
	void		(*row) (TupleTableSlot *slot, void *arg);	/* the slot is valid during the call */
} RowConsumer;

/*
 * Run query, which must be one SELECT (or VALUES, TABLE, WITH), as the
 * current user under the caller's snapshot, and push its rows into the
 * consumer.  Parallel plans are allowed; data-modifying statements and row
 * locks are not.  max_rows 0 means all.  Raises when the query is not fit.
 */
extern void drs_source_run(const char *query, uint64 max_rows, const RowConsumer *consumer, void *arg);

#endif							/* DRS_SOURCE_H */

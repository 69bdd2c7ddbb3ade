/*
 * source.h
 *		Runs the caller's query and passes its rows to a consumer, one at a
 *		time.
 */
#ifndef DRS_SOURCE_H
#define DRS_SOURCE_H

#include "executor/spi.h"
#include "executor/tuptable.h"
#include "nodes/parsenodes.h"

typedef struct RowConsumer
{
	void		(*start) (TupleDesc desc, void *arg);	/* once, before the first row;
														 * desc is the executor's */
	bool		(*row) (TupleTableSlot *slot, void *arg);	/* the slot is valid during
															 * the call; false: no more */
} RowConsumer;

/* Raise 22023 unless it is one SELECT that only reads.  NULL: it is no single statement. */
extern void drs_source_check(const Query *query);

/*
 * Run query, which must be one SELECT (or VALUES, TABLE, WITH), as the current
 * user under the caller's snapshot, and pass its rows to the consumer.
 * Parallel plans are allowed; data-modifying statements and row locks are not.
 * max_rows 0 means all.  Raises when the query is not of that form, and what
 * it raises.
 */
extern void drs_source_run(const char *query, uint64 max_rows, const RowConsumer *consumer,
						   void *arg);

/*
 * The first of two steps that do the same, for callers that have called
 * SPI_connect: prepare query, checked as above, with parameters of the given
 * types and cursor options.
 */
extern SPIPlanPtr drs_source_prepare(const char *query, int nparams, Oid *types,
									 int cursor_options);

/*
 * The second step, any number of times: run the plan.  The consumer is called
 * in the current memory context.
 */
extern void drs_source_execute(SPIPlanPtr plan, ParamListInfo params, uint64 max_rows,
							   const RowConsumer *consumer, void *arg);

/*
 * The columns that query would return, checked as above but not run; palloc'd
 * in the current memory context.
 */
extern TupleDesc drs_source_describe(const char *query);

/*
 * The one statement in query, without a semicolon and what follows it; it may
 * end in a line comment.  palloc'd.
 */
extern char *drs_source_statement(const char *query);

#endif							/* DRS_SOURCE_H */

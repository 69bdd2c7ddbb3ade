/*
 * pushdown.h
 *		Which conditions of an outer query may be evaluated in the query of a
 *		scored table, and their form there.
 *
 * A condition is pushed when it means the same there.  It runs in the same
 * server, by the same functions, settings and snapshot, so that less is
 * excluded than by postgres_fdw: whatever is volatile, whatever the table
 * gives another type or collation, and subqueries.
 */
#ifndef DRS_PUSHDOWN_H
#define DRS_PUSHDOWN_H

#include "nodes/pathnodes.h"

#include "scored/scoredtable.h"

/* The columns of a scored table and of its query; nothing is owned. */
typedef struct PushMap
{
	Index		relid;			/* of the table in the outer query */
	const ScoredColumn *columns;	/* by attribute number - 1 */
	TupleDesc	table;
	TupleDesc	source;
	/* a time series: only conditions on columns of series, of char *, are pushed, because any
	 * other would take history away from the series, and so change predictions */
	bool		series_only;
	List	   *series;
} PushMap;

/*
 * May this condition be evaluated in the query?  It must have one of the
 * table's columns; what it has of other relations comes as parameters.
 * Whether it leaks past security barriers is the caller's to decide.
 */
extern bool drs_pushdown_may(const PushMap *map, Expr *clause);

/*
 * The column of the query whose order is that of an expression of the outer
 * query; -1: there is none.  For ORDER BY.
 */
extern int	drs_pushdown_column(const PushMap *map, Expr *expr);

/*
 * A copy of a condition that may be pushed, in the query's form (see
 * SourceAsk).  What has a value only when the outer query runs, Params and
 * columns of other relations, becomes an external Param, and is appended to
 * *params unless an equal expression is there: Param i is element i - 1.
 */
extern Node *drs_pushdown_translate(const PushMap *map, Node *clause, List **params);

#endif							/* DRS_PUSHDOWN_H */

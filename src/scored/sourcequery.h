/*
 * sourcequery.h
 *		The query of a scored table as trees: analyzed, wrapped, planned.
 *
 * The query is treated as PostgreSQL treats a view's: relations in it are
 * checked for the table's owner, functions run as whoever asks.  It is never
 * printed and parsed again.
 */
#ifndef DRS_SOURCEQUERY_H
#define DRS_SOURCEQUERY_H

#include "access/tupdesc.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

#include "scored/scoredtable.h"

typedef struct SourceQuery
{
	Query	   *query;			/* analyzed, with the rights of its user; copied before each
								 * use, because rewriter and planner change trees */
	TupleDesc	desc;			/* of its columns, in its order */
	const char *text;
} SourceQuery;

/*
 * Parse and analyze the table's query, palloc'd.  With security_invoker it
 * gets the rights of asker, InvalidOid for the current user; else those of the
 * table's owner.  Locks the relations that it reads.  Raises what analysis
 * raises, and 22023 when the query is no single SELECT.
 */
extern SourceQuery *drs_sourcequery_analyze(const ScoredTable *table, Oid asker);

/*
 * May it return other rows when the same statement runs it again, because it,
 * or a view that it reads, is volatile or samples?  Then a statement must not
 * ask it several times.
 */
extern bool drs_sourcequery_is_volatile(const SourceQuery *source);

/* One column of an ORDER BY. */
typedef struct SourceSort
{
	int			column;			/* index into the query's columns */
	Oid			sortop;
	Oid			eqop;
	bool		nulls_first;
	bool		hashable;
} SourceSort;

/*
 * What a scan asks its query for, in the query's form: in expressions,
 * relation 1 is the query, attribute i + 1 its column i, and values that come
 * with each execution are external Params, from 1 on.
 */
typedef struct SourceAsk
{
	List	   *conditions;		/* of Node *, implicitly ANDed */
	List	   *sort;			/* of SourceSort *; NIL: as the query has it */
	Bitmapset  *columns;		/* indexes of columns whose values are used, beside those of sort;
								 * others are NULL */
	bool		all;			/* every column is used */
	bool		fast_start;		/* only the first rows may be needed */
} SourceAsk;

/*
 * SELECT columns FROM (query) WHERE conditions ORDER BY sort, palloc'd.  It
 * has every column of the query, so indexes into them stay.  Rows of a time
 * series are in the order of series and time, unless the query has an order of
 * its own.  Shares nothing with source.
 */
extern Query *drs_sourcequery_wrap(const SourceQuery *source, const ScoredTable *table,
								   const SourceAsk *ask);

/*
 * Plan it, palloc'd.  params may be NULL for a generic plan; values with
 * PARAM_FLAG_CONST are planned with.  Never parallel.  Raises 22023 when the
 * query locks rows.
 */
extern PlannedStmt *drs_sourcequery_plan(const Query *wrapped, const char *text, bool fast_start,
										 ParamListInfo params);

#endif							/* DRS_SOURCEQUERY_H */

/*
 * keysql.h
 *		The texts of statements that read a query by its key.
 */
#ifndef DRS_KEYSQL_H
#define DRS_KEYSQL_H

#include "access/stratnum.h"

#include "rows/key.h"

/*
 * Which rows a statement reads.  Parameters are those of the lower bound, one
 * a column, then those of the upper one.
 */
typedef struct KeySelection
{
	StrategyNumber lower;		/* BTGreaterStrategyNumber,
								 * BTGreaterEqualStrategyNumber; 0: no lower bound */
	bool		upper;			/* keys up to a bound, which is among them */
	bool		nulls;			/* besides, every row with a NULL in its key */
	int			limit;			/* rows; 0: all */
} KeySelection;

/*
 * All of these wrap statement, as drs_source_statement gives it, and return a
 * palloc'd text.  Operators are those of the columns' own btree order,
 * whatever the search_path.
 */

/* All columns of the selected rows in key order. */
extern char *drs_keysql_rows(const char *statement, const Key *key, const KeySelection *selection);

/* All columns of one row with a NULL in its key. */
extern char *drs_keysql_null(const char *statement, const Key *key);

/* The key columns alone, of all rows, in key order. */
extern char *drs_keysql_keys(const char *statement, const Key *key);

/*
 * All columns of the row with the greatest key; bounded: of
 * those up to a key, which are the parameters.
 */
extern char *drs_keysql_greatest(const char *statement, const Key *key, bool bounded);

#endif							/* DRS_KEYSQL_H */

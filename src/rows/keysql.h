/*
 * keysql.h
 *		Writes the SQL statements that read a query by its key.
 */
#ifndef DRS_KEYSQL_H
#define DRS_KEYSQL_H

#include "access/stratnum.h"

#include "rows/key.h"

/*
 * Which rows a statement reads.  Its parameters are the key of the lower
 * bound, then that of the upper bound.
 */
typedef struct KeySelection
{
	StrategyNumber lower;		/* BTGreaterStrategyNumber,
								 * BTGreaterEqualStrategyNumber; 0: no lower bound */
	bool		upper;			/* only keys up to a bound, including it */
	bool		nulls;			/* also every row with a NULL in its key */
	int			limit;			/* rows; 0: all */
} KeySelection;

/*
 * All of these wrap statement, which is as drs_source_statement() returns it,
 * and return a palloc'd text.  The operators are those of the columns' btree
 * order, whatever the search_path.
 */

/* All columns of the selected rows in key order. */
extern char *drs_keysql_rows(const char *statement, const Key *key, const KeySelection *selection);

/* All columns of one row with a NULL in its key. */
extern char *drs_keysql_null(const char *statement, const Key *key);

/* The key columns alone, of all rows, in key order. */
extern char *drs_keysql_keys(const char *statement, const Key *key);

/*
 * All columns of the row with the greatest key; with bounded, of the rows up
 * to a key, which the parameters are.
 */
extern char *drs_keysql_greatest(const char *statement, const Key *key, bool bounded);

#endif							/* DRS_KEYSQL_H */

/*
 * key.h
 *		The key columns of a row: compares, copies, and writes them as text.
 */
#ifndef DRS_KEY_H
#define DRS_KEY_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/sortsupport.h"

typedef struct KeyColumn
{
	const char *name;
	int			index;			/* into the row */
	Oid			declared;		/* as the query declares it */
	Oid			type;			/* its base type, if that is a domain */
	Oid			collation;
	SortSupport order;			/* by the type's default btree order */
	FmgrInfo	output;
	FmgrInfo	input;
	Oid			io_param;		/* the second argument of input */
	bool		by_value;
	int16		len;
} KeyColumn;

typedef struct Key
{
	int			ncolumns;
	KeyColumn  *columns;
	bool		has_money;		/* its text depends on lc_monetary */
} Key;

/*
 * In all of these functions, row_values and row_isnull are those of a whole
 * row, indexed as in the descriptor from which the key was made; key_values
 * are those of the key columns alone, none of them NULL.  Results are
 * palloc'd.
 */

/*
 * Look up the key columns (of char *) in a row's descriptor, which is not
 * kept.  Raises for names that are missing (42703), ambiguous (42702) or
 * repeated (42701), and for types without a default btree order (42883).
 */
extern Key *drs_key_of(TupleDesc desc, List *names);

/*
 * The key of a row as texts that mean the same in any session: a
 * List of char *, NULL for NULL.
 */
extern List *drs_key_texts(const Key *key, const Datum *row_values, const bool *row_isnull);

/*
 * The values of a key from such texts, none of them NULL.  Raises what the
 * types' input functions raise.
 */
extern Datum *drs_key_values(const Key *key, List *texts);

/* The same texts for the values of a key. */
extern List *drs_key_value_texts(const Key *key, const Datum *key_values);

/* Texts that identify the order of the key, one for each column (List of char *). */
extern List *drs_key_types(const Key *key);

/* For messages: (id, name)=(5, abc). */
extern char *drs_key_show(const Key *key, const Datum *row_values, const bool *row_isnull);

/* The column of the key that is NULL in a row, or NULL when there is none. */
extern const char *drs_key_null_column(const Key *key, const bool *row_isnull);

/* Copy a row's key.  No value in the copy points into a table. */
extern Datum *drs_key_copy(const Key *key, const Datum *row_values);

/* Free such a copy. */
extern void drs_key_free(const Key *key, Datum *key_values);

/*
 * Compare a row's key with another key by the columns' btree order: below,
 * equal to or above 0.
 */
extern int	drs_key_compare(const Key *key, const Datum *row_values, const Datum *key_values);

/* The same for two keys without their rows. */
extern int	drs_key_compare_values(const Key *key, const Datum *a, const Datum *b);

#endif							/* DRS_KEY_H */

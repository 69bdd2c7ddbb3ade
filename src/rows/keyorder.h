/*
 * keyorder.h
 *		Checks that rows come in the order of their key, and each key once.
 */
#ifndef DRS_KEYORDER_H
#define DRS_KEYORDER_H

#include "rows/key.h"

typedef struct KeyOrder
{
	const Key  *key;			/* not owned */
	Datum	   *last;			/* key of the last row, NULL when there was none */
	MemoryContext spare;		/* for the copy of the next key */
	MemoryContext used;			/* of the copy in last */
} KeyOrder;

/* Begin before the first row.  Memory is allocated in children of the current memory context. */
extern void drs_keyorder_init(KeyOrder *order, const Key *key);

/*
 * Check the next row, and remember its key.  With may_repeat, it may have the
 * same key as the last one: then returns false.  Raises for a NULL in the key
 * (22004), for a repeated key (21000), and for one less than the last (XX002).
 */
extern bool drs_keyorder_next(KeyOrder *order, const Datum *row_values, const bool *row_isnull,
							  bool may_repeat);

/* Raise XX002 for a row that should have come before another. */
extern void drs_keyorder_refuse(const KeyOrder *order, const Datum *row_values,
								const bool *row_isnull);

#endif							/* DRS_KEYORDER_H */

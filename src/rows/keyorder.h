/*
 * keyorder.h
 *		Watches that rows come in the order of their key, every key once.
 */
#ifndef DRS_KEYORDER_H
#define DRS_KEYORDER_H

#include "rows/key.h"

typedef struct KeyOrder
{
	const Key  *key;			/* not owned */
	Datum	   *last;			/* key of the last row, NULL when there was none */
	MemoryContext spare;		/* what the next key will be copied to */
	MemoryContext used;			/* of the last one */
} KeyOrder;

/* Begin before the first row; what it needs is made in the current memory context. */
extern void drs_keyorder_init(KeyOrder *order, const Key *key);

/*
 * A row has come: remember its key.  Returns false, with may_repeat, when it
 * is the last one again.  Raises for a NULL in the key (22004), a key that
 * comes again (21000), and one less than the last (XX002).
 */
extern bool drs_keyorder_next(KeyOrder *order, const Datum *row_values, const bool *row_isnull,
							  bool may_repeat);

/* Raises XX002 for a row that should have come before one that did. */
extern void drs_keyorder_refuse(const KeyOrder *order, const Datum *row_values,
								const bool *row_isnull);

#endif							/* DRS_KEYORDER_H */

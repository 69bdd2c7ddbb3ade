/*
 * keyorder.c
 *		Checks that rows come in the order of their key, and each key once.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "rows/keyorder.h"

void
drs_keyorder_init(KeyOrder *order, const Key *key)
{
	order->key = key;
	order->last = NULL;
	order->spare = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring key",
										 ALLOCSET_SMALL_SIZES);
	order->used = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring key",
										ALLOCSET_SMALL_SIZES);
}

static void
raise_null(const KeyOrder *order, const Datum *row_values, const bool *row_isnull)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("null value in key column \"%s\"",
					drs_key_null_column(order->key, row_isnull)),
			 errdetail("The key of the row is %s.",
					   drs_key_show(order->key, row_values, row_isnull))));
}

static void
raise_repeated(const KeyOrder *order, const Datum *row_values, const bool *row_isnull)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("key columns are not unique: %s appears more than once",
					drs_key_show(order->key, row_values, row_isnull)),
			 errhint("Name key columns that together are unique in the rows of the query.")));
}

/* The cause can be an index whose collation has changed.  To continue could leave rows out. */
void
drs_keyorder_refuse(const KeyOrder *order, const Datum *row_values, const bool *row_isnull)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("rows do not come in the order of the key columns: %s is less than the key"
					" before it",
					drs_key_show(order->key, row_values, row_isnull)),
			 errhint("The index that provides the order may need REINDEX.")));
}

bool
drs_keyorder_next(KeyOrder *order, const Datum *row_values, const bool *row_isnull,
				  bool may_repeat)
{
	MemoryContext old;
	MemoryContext cxt = order->spare;
	int			compared = 1;

	if (drs_key_null_column(order->key, row_isnull) != NULL)
		raise_null(order, row_values, row_isnull);

	/* the comparison can leak memory; it is freed with the copy */
	MemoryContextReset(cxt);
	old = MemoryContextSwitchTo(cxt);
	if (order->last != NULL)
		compared = drs_key_compare(order->key, row_values, order->last);
	if (compared < 0)
		drs_keyorder_refuse(order, row_values, row_isnull);
	if (compared == 0 && !may_repeat)
		raise_repeated(order, row_values, row_isnull);
	if (compared > 0)
	{
		order->last = drs_key_copy(order->key, row_values);
		order->spare = order->used;
		order->used = cxt;
	}
	MemoryContextSwitchTo(old);
	return compared > 0;
}

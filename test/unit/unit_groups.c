/*
 * unit_groups.c
 *		Hashes of values, and the sets of groups, as SQL functions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "partition/groups.h"
#include "partition/valuehash.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_value_hash);
PG_FUNCTION_INFO_V1(drs_unit_groups);
PG_FUNCTION_INFO_V1(drs_unit_groups_memory);

/* value_hash(value "any"): its hash. */
Datum
drs_unit_value_hash(PG_FUNCTION_ARGS)
{
	ValueHasher *hasher = drs_value_hasher(get_fn_expr_argtype(fcinfo->flinfo, 0),
										   PG_GET_COLLATION());

	PG_RETURN_INT64((int64) drs_value_hash(hasher, PG_GETARG_DATUM(0)));
}

static const int64 *
elements(ArrayType *array, int *count)
{
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const int64 *) ARR_DATA_PTR(array);
}

static Groups *
count_all(const int64 *hashes, int count)
{
	Groups	   *groups = drs_groups_create();

	for (int i = 0; i < count; i++)
		drs_groups_count(groups, (uint64) hashes[i]);
	if (drs_groups_rows(groups) != count)
		elog(ERROR, "the rows are not counted");
	return groups;
}

/* groups(hashes bigint[], sizes bigint[], seed bigint): the set of each hash, from 0. */
Datum
drs_unit_groups(PG_FUNCTION_ARGS)
{
	int			nrows;
	int			nsets;
	const int64 *hashes = elements(PG_GETARG_ARRAYTYPE_P(0), &nrows);
	const int64 *sizes = elements(PG_GETARG_ARRAYTYPE_P(1), &nsets);
	Groups	   *groups = count_all(hashes, nrows);
	Datum	   *sets = palloc(sizeof(Datum) * Max(nrows, 1));

	drs_groups_assign(groups, sizes, nsets, (uint64) PG_GETARG_INT64(2));
	for (int i = 0; i < nrows; i++)
		sets[i] = Int32GetDatum(drs_groups_set(groups, (uint64) hashes[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(sets, nrows, INT4OID, 4, true, TYPALIGN_INT));
}

/* groups_memory(hashes bigint[]): number of units, and bytes that they take after all hashes. */
Datum
drs_unit_groups_memory(PG_FUNCTION_ARGS)
{
	int			nrows;
	const int64 *hashes = elements(PG_GETARG_ARRAYTYPE_P(0), &nrows);
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "groups",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Groups	   *groups = count_all(hashes, nrows);
	Datum		result[2];

	MemoryContextSwitchTo(old);
	result[0] = Int64GetDatum(drs_groups_number(groups));
	result[1] = Int64GetDatum(MemoryContextMemAllocated(cxt, true));
	MemoryContextDelete(cxt);
	PG_RETURN_ARRAYTYPE_P(construct_array(result, 2, INT8OID, sizeof(int64), true,
										  TYPALIGN_DOUBLE));
}

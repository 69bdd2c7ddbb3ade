/*
 * compositearray.c
 *		Makes the array of composite values that a function returns.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "sql/compositearray.h"

void
drs_composites_begin(CompositeArray *array, FunctionCallInfo fcinfo, int ncolumns, int room)
{
	Oid			type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));

	array->desc = lookup_rowtype_tupdesc_copy(type, -1);
	if (array->desc->natts != ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s has been altered", format_type_be(type))));
	array->isnull = palloc0_array(bool, ncolumns);
	array->rows = palloc_array(Datum, room);
	array->count = 0;
}

void
drs_composites_add(CompositeArray *array, const Datum *values)
{
	HeapTuple	row = heap_form_tuple(array->desc, unconstify(Datum *, values), array->isnull);

	array->rows[array->count++] = HeapTupleGetDatum(row);
}

Datum
drs_composites_end(CompositeArray *array)
{
	return PointerGetDatum(construct_array(array->rows, array->count, array->desc->tdtypeid, -1,
										   false, TYPALIGN_DOUBLE));
}

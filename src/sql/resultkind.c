/*
 * resultkind.c
 *		Shapes of what the functions for one prediction return.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"

#include "sql/resultkind.h"

const Shape *
drs_resultkind_number(FunctionCallInfo fcinfo, const Columns *columns)
{
	return drs_shape_of_value(FROM_NUMBER, FLOAT8OID);
}

const Shape *
drs_resultkind_label(FunctionCallInfo fcinfo, const Columns *columns)
{
	return drs_shape_of_value(FROM_PREDICTION, TEXTOID);
}

TupleDesc
drs_resultkind_desc(FunctionCallInfo fcinfo)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the function must return a composite type");
	return desc;
}

const Shape *
drs_resultkind_row(FunctionCallInfo fcinfo, const Columns *columns)
{
	return drs_shape_of_rows(drs_resultkind_desc(fcinfo), columns, false);
}

/*
 * plainrow.c
 *		Makes rows of a scored table of which nothing comes from an answer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "decode/resultshape.h"
#include "scored/plainrow.h"

struct PlainRow
{
	const Shape *shape;
	int64		number;			/* of the last row */
	Datum	   *values;
	bool	   *isnull;
};

PlainRow *
drs_plainrow_create(TupleDesc result, const int *sources, TupleDesc source)
{
	PlainRow   *plain = palloc0(sizeof(PlainRow));
	Columns		columns = {.desc = source, .nkept = source->natts};

	columns.kept = palloc(sizeof(int) * Max(source->natts, 1));
	for (int i = 0; i < source->natts; i++)
		columns.kept[i] = i;
	plain->shape = drs_shape_of_outputs(result, &columns, sources);
	plain->values = palloc(sizeof(Datum) * Max(result->natts, 1));
	plain->isnull = palloc(sizeof(bool) * Max(result->natts, 1));
	return plain;
}

/* A value by its text, as the column's type reads it. */
static Datum
convert(const ShapeColumn *column, char *text)
{
	return InputFunctionCall(unconstify(FmgrInfo *, &column->input), text, column->ioparam,
							 column->typmod);
}

static Datum
number_value(const PlainRow *plain, const ShapeColumn *column)
{
	char		text[MAXINT8LEN + 1];

	if (column->type == INT8OID)
		return Int64GetDatum(plain->number);
	pg_lltoa(plain->number, text);
	return convert(column, text);
}

static Datum
source_value(const ShapeColumn *column, Datum value, bool isnull)
{
	if (column->copies)
		return value;
	return convert(column, isnull ? NULL :
				   OutputFunctionCall(unconstify(FmgrInfo *, &column->output), value));
}

void
drs_plainrow_make(PlainRow *plain, TupleTableSlot *slot, const Datum **values,
				  const bool **isnull)
{
	plain->number++;
	for (int i = 0; i < plain->shape->ncolumns; i++)
	{
		const ShapeColumn *column = &plain->shape->columns[i];

		if (column->source == FROM_KEPT)
		{
			Datum		value = slot_getattr(slot, column->kept + 1, &plain->isnull[i]);

			plain->values[i] = source_value(column, value, plain->isnull[i]);
		}
		else
		{
			plain->values[i] = number_value(plain, column);
			plain->isnull[i] = false;
		}
	}
	*values = plain->values;
	*isnull = plain->isnull;
}

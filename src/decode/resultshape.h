/*
 * resultshape.h
 *		The columns of a result row, and what each is filled from.
 */
#ifndef DRS_RESULTSHAPE_H
#define DRS_RESULTSHAPE_H

#include "access/tupdesc.h"
#include "fmgr.h"

#include "decode/predictionfield.h"
#include "rows/sourcecolumns.h"

typedef struct ShapeColumn
{
	const char *name;
	ShapeSource source;
	LayoutRole	role;			/* value of the reply that it is filled
								 * from as it stands; or NO_ROLE */
	bool		optional;		/* NULL, whatever the type says of NULLs,
								 * when replies have no such thing */
	int			kept;			/* FROM_KEPT: index into Columns.kept */
	Oid			type;
	int32		typmod;
	bool		copies;			/* FROM_KEPT: the source has the same type */
	bool		is_array;
	bool		is_time;		/* it may be a time, and goes into a timestamp
								 * with time zone, or a domain of it */
	TupleDesc	row_desc;		/* FROM_EXPLANATIONS: of the array's
								 * rows; NULL: the column takes JSON */
	FmgrInfo	output;			/* FROM_KEPT of another type: its output function */
	FmgrInfo	input;
	Oid			ioparam;
	int16		typlen;
	bool		typbyval;
} ShapeColumn;

typedef struct Shape
{
	int			ncolumns;
	ShapeColumn *columns;
} Shape;

/*
 * The shape of rows of desc, each column matched by name: to a field of
 * predictions, to a kept column of the source row, and else to a column of the
 * reply, which is known only when one has come.  keys_as_json adds the names
 * "key" and "passthrough".  Raises when a name could be two things.
 */
extern Shape *drs_shape_of_rows(TupleDesc desc, const Columns *columns, bool keys_as_json);

/*
 * A shape of no columns yet, with room for max of them, and its next column:
 * one of the reply's, or a kept column as it is.  Both return its index.
 */
extern Shape *drs_shape_create(int max);
extern int	drs_shape_add(Shape *shape, const char *name, ShapeSource source, Oid type,
						  int32 typmod);
extern int	drs_shape_add_kept(Shape *shape, const Columns *columns, int kept);

/* The shape with one column of that source and type. */
extern Shape *drs_shape_of_value(ShapeSource source, Oid type);

/* A blessed descriptor of count kept columns from the first-th on; NULL when count is 0. */
extern TupleDesc drs_kept_desc(const Columns *columns, int first, int count);

#endif							/* DRS_RESULTSHAPE_H */

/*
 * resultshape.h
 *		The columns of a result, and what each is filled from.
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
	/* value of the answer that it is filled from unchanged; or NO_ROLE */
	LayoutRole	role;
	bool		optional;		/* NULL when answers lack it, even if its type rejects NULL */
	int			kept;			/* FROM_KEPT: index into Columns.kept */
	Oid			type;
	int32		typmod;
	bool		copies;			/* FROM_KEPT: the source has the same type */
	bool		is_array;
	/* may be a time, for a column of type timestamptz or a domain over it */
	bool		is_time;
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
	bool		of_table;		/* of a scored table, whose columns have options */
} Shape;

/*
 * The shape of rows of desc, in the current memory context.  Each column is
 * matched by name: to a field of predictions, to a kept column of the source
 * row, and otherwise to a column of the answer, which is known only when one
 * has come.  With keys_as_json, the names "key" and "passthrough" are matched
 * instead of kept columns.  Raises 42702 when a name could mean two things, and 42804 for
 * a type that explanations cannot have.
 */
extern Shape *drs_shape_of_rows(TupleDesc desc, const Columns *columns, bool keys_as_json);

/*
 * The same when it is known which columns are of the source row: sources has
 * the index into its columns for each column of desc, which must be kept, or
 * -1 for what is of the answer.
 */
extern Shape *drs_shape_of_outputs(TupleDesc desc, const Columns *columns, const int *sources);

/*
 * A shape without columns, with room for max of them, in the current memory
 * context; and functions that add its next column, from that source or a kept
 * column unchanged, and return its index.  The name must live as long as the
 * shape.
 */
extern Shape *drs_shape_create(int max);
extern int	drs_shape_add(Shape *shape, const char *name, ShapeSource source, Oid type,
						  int32 typmod);
extern int	drs_shape_add_kept(Shape *shape, const Columns *columns, int kept);

/* A shape of one column, of that source and type. */
extern Shape *drs_shape_of_value(ShapeSource source, Oid type);

/*
 * A blessed descriptor, palloc'd, of count kept columns from index first on;
 * NULL when count is 0.
 */
extern TupleDesc drs_kept_desc(const Columns *columns, int first, int count);

#endif							/* DRS_RESULTSHAPE_H */

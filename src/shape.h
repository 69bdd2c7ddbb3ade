/*
 * shape.h
 *		The columns of a result row, and what each is filled from.  PostgreSQL licence.
 */
#ifndef DRS_SHAPE_H
#define DRS_SHAPE_H

#include "access/tupdesc.h"
#include "fmgr.h"

#include "columns.h"

typedef enum ShapeSource
{
	/* canonical names, the same for every deployment */
	FROM_ROW_NUMBER,
	FROM_PREDICTION,			/* label of a classification, number of a regression */
	FROM_PROBABILITY,			/* binary: of the positive class; multiclass: of the predicted one */
	FROM_PROBABILITIES,			/* JSON object: class to probability */
	FROM_THRESHOLD,
	FROM_POSITIVE_CLASS,
	FROM_MODEL_ID,
	FROM_REQUEST_ID,

	FROM_NUMBER,				/* what predict() returns: the number, or the probability */
	FROM_KEPT,					/* a column of the source row */
	FROM_KEYS,					/* JSON object of the key columns */
	FROM_PASSTHROUGH,			/* JSON object of the passthrough columns */
	FROM_HEADER					/* a column of the reply, by its own name */
} ShapeSource;

typedef struct ShapeColumn
{
	const char *name;
	ShapeSource source;
	int			kept;			/* FROM_KEPT: index into Columns.kept */
	Oid			type;
	int32		typmod;
	bool		copies;			/* FROM_KEPT: the source has the same type */
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
 * The shape of rows of desc, each column matched by name: to a canonical
 * name, to a kept column of the source row, and else to a column of the
 * reply, which is known only when one has come.  keys_as_json adds the names
 * "key" and "passthrough".  Raises when a name could be two things.
 */
extern Shape *drs_shape_of_rows(TupleDesc desc, const Columns *columns, bool keys_as_json);

/* The shape with one column of that source and type. */
extern Shape *drs_shape_of_value(ShapeSource source, Oid type);

/* A blessed descriptor of count kept columns from the first-th on; NULL when count is 0. */
extern TupleDesc drs_kept_desc(const Columns *columns, int first, int count);

#endif							/* DRS_SHAPE_H */

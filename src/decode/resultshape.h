/*
 * resultshape.h
 *		The columns of a result row, and what each is filled from.
 */
#ifndef DRS_RESULTSHAPE_H
#define DRS_RESULTSHAPE_H

#include "access/tupdesc.h"
#include "fmgr.h"

#include "rows/sourcecolumns.h"

typedef enum ShapeSource
{
	/* canonical names, the same for every deployment */
	FROM_ROW_NUMBER,
	FROM_PREDICTION,			/* label of a classification, number of a regression */
	FROM_PROBABILITY,			/* binary: of the positive class; multiclass: of the predicted one */
	FROM_PROBABILITIES,			/* JSON object: class to probability */
	FROM_THRESHOLD,
	FROM_POSITIVE_CLASS,
	FROM_LABELS,				/* multilabel: those predicted */
	FROM_ADJUSTED,				/* by exposure */
	FROM_EXPLANATIONS,
	FROM_NGRAMS,				/* JSON array, of explanations of texts */
	FROM_SHAP,					/* JSON object */
	FROM_SERIES,
	FROM_FORECAST_POINT,
	FROM_FORECAST_TIMESTAMP,
	FROM_FORECAST_DISTANCE,
	FROM_INTERVAL_LOW,
	FROM_INTERVAL_HIGH,
	FROM_WARNING,				/* is the prediction an outlier? */
	FROM_HUMILITY,				/* JSON array, as it comes */
	FROM_APPROVAL,
	FROM_EXTRA,					/* JSON object: what the model returns beside */
	FROM_MODEL_ID,
	FROM_REQUEST_ID,
	FROM_ERROR,					/* why the row has no prediction; else NULL */

	FROM_NUMBER,				/* what predict() returns: the number, or the probability */
	FROM_KEPT,					/* a column of the source row */
	FROM_KEYS,					/* JSON object of the key columns */
	FROM_PASSTHROUGH,			/* JSON object of the passthrough columns */
	FROM_RECORD,				/* the CSV record as it was sent */
	FROM_HEADER					/* a column of the reply, by its own name */
} ShapeSource;

typedef struct ShapeColumn
{
	const char *name;
	ShapeSource source;
	bool		optional;		/* NULL, whatever the type says of NULLs, when replies have no such thing */
	int			kept;			/* FROM_KEPT: index into Columns.kept */
	Oid			type;
	int32		typmod;
	bool		copies;			/* FROM_KEPT: the source has the same type */
	bool		is_array;
	bool		is_zoned;		/* timestamp with time zone, or a domain of it */
	TupleDesc	row_desc;		/* FROM_EXPLANATIONS: of the array's rows; NULL: the column takes JSON */
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

/*
 * A shape of no columns yet, with room for max of them, and its next column:
 * one of the reply's, or a kept column as it is.  Both return its index.
 */
extern Shape *drs_shape_create(int max);
extern int	drs_shape_add(Shape *shape, const char *name, ShapeSource source, Oid type, int32 typmod);
extern int	drs_shape_add_kept(Shape *shape, const Columns *columns, int kept);

/* The source that a canonical name stands for; false when name is none. */
extern bool drs_shape_canonical(const char *name, ShapeSource *source);

/* The names of a prediction's parts, separated by commas; palloc'd, for messages. */
extern char *drs_shape_canonical_names(void);

/* The shape with one column of that source and type. */
extern Shape *drs_shape_of_value(ShapeSource source, Oid type);

/* A blessed descriptor of count kept columns from the first-th on; NULL when count is 0. */
extern TupleDesc drs_kept_desc(const Columns *columns, int first, int count);

#endif							/* DRS_RESULTSHAPE_H */

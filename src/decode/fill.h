/*
 * fill.h
 *		Fills result columns from a row of a reply and what was kept of the row
 *		that was sent.
 */
#ifndef DRS_FILL_H
#define DRS_FILL_H

#include "decode/answer.h"
#include "decode/replylayout.h"
#include "decode/resultshape.h"
#include "rows/sourcecolumns.h"

/*
 * What predictions that are no classes are: proven by the
 * kind of answer, its JSON or the deployment's record.
 */
typedef enum PredictionKind
{
	PREDICTS_UNKNOWN,
	PREDICTS_NUMBERS,
	PREDICTS_TEXTS
} PredictionKind;

/* Where values come from: the caller sets it as it goes along. */
typedef struct Filler
{
	const Shape *shape;
	const Columns *columns;
	MemoryContext row_cxt;		/* for what a value is made of; the caller resets it */
	const Layout *layout;
	const int  *header_columns; /* for FROM_HEADER: column of the layout, by column of the shape */
	const bool *has_column;		/* does the reply have it, by column of the shape? */
	const Answer *answer;
	PredictionKind predicts;
	uint64		row;			/* number of the row being filled; 0: none,
								 * as for a forecast that is for no row */
	const RowFailure *failure;	/* of that row; NULL: it has none */
	const char *column;			/* result column being filled, for messages; NULL: none */

	/* private to fill.c */
	const ReplyRow *reply;
	TupleDesc	kept_desc;		/* NULL when nothing is kept */
	TupleDesc	keys_desc;		/* its parts; NULL when empty */
	TupleDesc	passthrough_desc;
	Datum	   *kept_values;
	bool	   *kept_isnull;
	int			last_class;		/* class found for the previous row */
	bool		saw_text;		/* a prediction that is no number, where it was not known */
} Filler;

/* Make a filler in the current memory context; layout and what follows it are still to be set. */
extern Filler *drs_filler_create(const Shape *shape, const Columns *columns,
								 MemoryContext row_cxt);

/* From now on, rows are of that layout. */
extern void drs_filler_set_layout(Filler *filler, const Layout *layout, const int *header_columns);

/*
 * Fill in all columns of the row that filler->row numbers, in the current
 * memory context.  Raises whatever a column's type has to say about its text,
 * with filler->column set.
 */
extern void drs_fill_row(Filler *filler, const ReplyRow *reply, Datum *values, bool *isnull);

/*
 * Fill in what a failed row has, from column first on; all else is NULL.
 * When it raises, filler->column is set and *first is the column that was
 * being filled.
 */
extern void drs_fill_failed(Filler *filler, Datum *values, bool *isnull, int *first);

/* Does a reply of this layout have what the column is filled from? */
extern bool drs_fill_is_in_reply(const Layout *layout, const ShapeColumn *column);

#endif							/* DRS_FILL_H */

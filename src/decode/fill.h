/*
 * fill.h
 *		Fills result columns from a row of an answer and the kept columns of
 *		the row that was sent.
 */
#ifndef DRS_FILL_H
#define DRS_FILL_H

#include "decode/answer.h"
#include "decode/matcher.h"
#include "decode/replylayout.h"
#include "decode/resultshape.h"
#include "rows/sourcecolumns.h"

/*
 * What predictions are that are not classes, as proven by the kind of answer
 * or the deployment's record in the public API.
 */
typedef enum PredictionKind
{
	PREDICTS_UNKNOWN,
	PREDICTS_NUMBERS,
	PREDICTS_TEXTS
} PredictionKind;

/* The row that is being filled in. */
typedef struct RowContext
{
	const Answer *answer;		/* to the request that it was sent in */
	/* of answer->chunk, from 0; DRS_NO_ROW for a forecast that is for no row that was sent */
	int			row;
	const RowFailure *failure;	/* why it has no prediction; NULL: it has one */
} RowContext;

/* The number of the row; 0: it has none. */
static inline uint64
drs_row_number(const RowContext *context)
{
	return context->row == DRS_NO_ROW ? 0 : context->answer->chunk->first_row + context->row;
}

typedef struct Filler Filler;

/*
 * Make a filler in the current memory context.  The arguments must live as
 * long.  By column of the shape, has_column says whether the answer has it;
 * its contents may change with each answer.  Intermediate values go to
 * row_cxt, which the caller resets.
 */
extern Filler *drs_filler_create(const Shape *shape, const Columns *columns,
								 const bool *has_column, MemoryContext row_cxt);

/*
 * Set what applies from the next row on: the layout of rows, the layout's
 * column for each FROM_HEADER column of the shape (-1: none), and what
 * predictions are.  Must live until the next call.
 */
extern void drs_filler_set_layout(Filler *filler, const Layout *layout, const int *header_columns,
								  PredictionKind predicts);

/*
 * Fill in all columns of a row; values and isnull have one element for each
 * column of the shape.  Allocates in the current memory context.  Raises
 * whatever the input function of a column's type raises, with
 * drs_filler_column() set.
 */
extern void drs_fill_row(Filler *filler, const RowContext *context, const ReplyRow *reply,
						 Datum *values, bool *isnull);

/*
 * Fill in a row that failed or is shown without its answer, from column
 * *first on: columns that do not depend on the answer, NULL elsewhere.  When
 * it raises, drs_filler_column() is set and *first is the column that was
 * being filled.
 */
extern void drs_fill_failed(Filler *filler, const RowContext *context, Datum *values, bool *isnull,
							int *first);

/*
 * The result column that was being filled in when an error was raised, for messages; NULL: none.
 */
extern const char *drs_filler_column(const Filler *filler);

/* Does an answer of this layout contain what the column is filled from? */
extern bool drs_fill_is_in_reply(const Layout *layout, const ShapeColumn *column);

#endif							/* DRS_FILL_H */

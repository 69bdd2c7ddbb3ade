/*
 * fill.h
 *		Fills result columns from a row of a reply and what was kept of the row
 *		that was sent.
 */
#ifndef DRS_FILL_H
#define DRS_FILL_H

#include "decode/answer.h"
#include "decode/matcher.h"
#include "decode/replylayout.h"
#include "decode/resultshape.h"
#include "rows/sourcecolumns.h"

/*
 * What predictions that are no classes are: proven by the kind of answer, its
 * JSON or the deployment's record.
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
	const Answer *answer;		/* whose request it was sent in */
	/* of answer->chunk, from 0; DRS_NO_ROW for a forecast that is for none that was sent */
	int			row;
	const RowFailure *failure;	/* why it has no prediction; NULL: it has one */
} RowContext;

/* Its number; 0: it has none. */
static inline uint64
drs_row_number(const RowContext *context)
{
	return context->row == DRS_NO_ROW ? 0 : context->answer->chunk->first_row + context->row;
}

typedef struct Filler Filler;

/*
 * Make a filler in the current memory context.  has_column says, by column of
 * the shape, whether the answer has it, and may change with each answer.  What
 * values are made of is put into row_cxt, which the caller resets.
 */
extern Filler *drs_filler_create(const Shape *shape, const Columns *columns,
								 const bool *has_column, MemoryContext row_cxt);

/*
 * From the next row on: their layout, for FROM_HEADER its column by column of
 * the shape, and what predictions are.
 */
extern void drs_filler_set_layout(Filler *filler, const Layout *layout, const int *header_columns,
								  PredictionKind predicts);

/*
 * Fill in all columns of a row, in the current memory context.  Raises whatever
 * a column's type has to say about its text, with drs_filler_column() set.
 */
extern void drs_fill_row(Filler *filler, const RowContext *context, const ReplyRow *reply,
						 Datum *values, bool *isnull);

/*
 * Fill in what a row has that failed, or whose answer is not looked at, from
 * column first on; all else is NULL.  When it raises, drs_filler_column() is
 * set and *first is the column that was being filled.
 */
extern void drs_fill_failed(Filler *filler, const RowContext *context, Datum *values, bool *isnull,
							int *first);

/* The result column that was being filled in when an error came, for messages; NULL: none. */
extern const char *drs_filler_column(const Filler *filler);

/* Does a reply of this layout have what the column is filled from? */
extern bool drs_fill_is_in_reply(const Layout *layout, const ShapeColumn *column);

#endif							/* DRS_FILL_H */

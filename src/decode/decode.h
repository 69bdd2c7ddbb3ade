/*
 * decode.h
 *		Checks an answer and turns it into values of the result's columns.
 */
#ifndef DRS_DECODE_H
#define DRS_DECODE_H

#include "decode/answer.h"
#include "decode/resultshape.h"
#include "http/request.h"
#include "rows/predictionstream.h"
#include "rows/sourcecolumns.h"

typedef struct Decoder Decoder;

/*
 * The values of one answer: one row for each row that was sent, in their
 * order, except for forecasts.
 */
typedef struct Predictions
{
	int			nrows;
	int			ncolumns;
	Datum	   *values;			/* nrows times ncolumns, row by row; isnull likewise */
	bool	   *isnull;
	const RowFailure **failures;	/* by row, NULL for a good one; NULL when all rows are good */
} Predictions;

/* The values of the first of the last rows, of which that many are left. */
static inline void
drs_predictions_get(const Predictions *predictions, int left, const Datum **values,
					const bool **isnull)
{
	size_t		at = (size_t) (predictions->nrows - left) * predictions->ncolumns;

	*values = predictions->values + at;
	*isnull = predictions->isnull + at;
}

/* Why that row failed or, unless next, the one before it; NULL: it did not. */
static inline const RowFailure *
drs_predictions_failure(const Predictions *predictions, int left, bool next)
{
	if (predictions == NULL || predictions->failures == NULL)
		return NULL;
	return predictions->failures[predictions->nrows - left - (next ? 0 : 1)];
}

/*
 * Called when answers do not show which of two classes is the positive one:
 * returns its label, or NULL when it cannot be learned.  Called once, unless
 * the classes change.  With whole, the answer is of time series, so all rows
 * of the chunk are needed.
 */
typedef const char *(*PositiveSource) (const Chunk *chunk, bool whole, void *arg);

/* How answers are decoded. */
typedef struct DecodePlan
{
	/*
	 * A row with a value that its column rejects fails by itself, as does the
	 * row of a chunk that has a failure.  Such a row has its number, its kept
	 * columns, its record and the text of its failure; all else is NULL.
	 * Takes a subtransaction for each answer and one for each such row, so it
	 * cannot be used while a query runs in parallel.
	 */
	bool		isolates;

	/*
	 * Answers of time series become one prediction for each forecast, in
	 * their order, whatever the number of rows sent.  JSON says which row a
	 * forecast is for, so it has that row's number and kept columns;
	 * forecasts for rows that the server made have neither.  CSV does not say,
	 * so no columns may be kept.
	 *
	 * Otherwise a forecast in JSON goes to the row it is for.  Rows without a
	 * forecast have only their number and kept columns.  A forecast without a
	 * row of its own is an error.
	 */
	bool		takes_forecasts;

	/*
	 * NULL, or what to do instead: an answer with forecasts is an error then, with this
	 * hint, since its rows were not chosen as a series.
	 */
	const char *instead_of_forecasts;

	/* NULL: columns that depend on the positive class are NULL, with a WARNING */
	PositiveSource ask_positive;
	void	   *ask_arg;
} DecodePlan;

/*
 * Make a decoder in the current memory context.  The arguments must live as
 * long, except plan, which is copied.  With the option verify_order, answers
 * must contain DRS_ORDER_COLUMN.
 */
extern Decoder *drs_decoder_create(const Shape *shape, const Columns *columns,
								   const Request *request,
								   const Options *options, const DecodePlan *plan);

/*
 * May the next answer make the decoder call ask_positive?  Then the body of
 * its chunk is needed.
 */
extern bool drs_decoder_may_ask(const Decoder *decoder);

/*
 * Decode an answer.  All of it is checked before anything is returned: content
 * type, encoding, format, number of records and fields, values.  Raises when
 * any of that is wrong.  The result is valid until the next call, and only as
 * long as the chunk, since it points to the chunk's kept columns.
 */
extern const Predictions *drs_decode(Decoder *decoder, const Answer *answer);

/*
 * The values of a row (from 0) of the chunk that was decoded last that are
 * known without its answer: its number and kept columns; all else is NULL.
 * Valid as long as the result of drs_decode().
 */
extern void drs_decoder_sent_row(Decoder *decoder, int row, const Datum **values,
								 const bool **isnull);

/* What the answers decoded so far have shown; it changes with each. */
extern const AnswerFacts *drs_decoder_facts(const Decoder *decoder);

#endif							/* DRS_DECODE_H */

/*
 * decode.h
 *		Checks a reply and turns it into values of the result's columns.
 */
#ifndef DRS_DECODE_H
#define DRS_DECODE_H

#include "decode/answer.h"
#include "decode/resultshape.h"
#include "http/request.h"
#include "rows/predictionstream.h"
#include "rows/sourcecolumns.h"

typedef struct Decoder Decoder;

/* The values of one reply: one row for each row that was sent, in order, but for forecasts. */
typedef struct Predictions
{
	int			nrows;
	int			ncolumns;
	Datum	   *values;			/* nrows times ncolumns */
	bool	   *isnull;
	const RowFailure **failures;	/* of each row, NULL for a good one; NULL when all are good */
} Predictions;

/*
 * Asked for the positive class of two where answers do not show it: its label,
 * or NULL when it cannot be learned; called once, unless the classes change.
 * whole: the answer is of time series, and so of all rows.
 */
typedef const char *(*PositiveSource) (const Chunk *chunk, bool whole, void *arg);

/* How answers are decoded. */
typedef struct DecodePlan
{
	/*
	 * A row whose value a column does not take fails by itself, and so do
	 * rows of chunks that have a failure: such a row has its number, what was
	 * kept of it, its record and its failure's text, and NULL for the rest.
	 * Takes a subtransaction for each answer and one for each such row, so
	 * not while a query runs in parallel.
	 */
	bool		isolates;

	/*
	 * Answers of time series have a prediction for each forecast, in their
	 * order, whatever the number of rows.  JSON says which row a forecast is
	 * for, so that it has that one's number and what was kept of it;
	 * forecasts for rows that the server made have neither, and CSV does not
	 * say: there, nothing may be kept.
	 *
	 * Otherwise a forecast in JSON goes to the row it is for, and rows without
	 * have no more than their number and what was kept; one that has no row
	 * of its own is an error.
	 */
	bool		takes_forecasts;

	/* NULL: what depends on the positive class is NULL, with a WARNING */
	PositiveSource ask_positive;
	void	   *ask_arg;
} DecodePlan;

/*
 * Make a decoder in the current memory context.  With verify_order the reply
 * must carry DRS_ORDER_COLUMN.
 */
extern Decoder *drs_decoder_create(const Shape *shape, const Columns *columns,
								   const Request *request,
								   const Options *options, const DecodePlan *plan);

/* May the next answer make it ask?  Then the bodies of chunks are needed. */
extern bool drs_decoder_may_ask(const Decoder *decoder);

/*
 * Decode an answer.  All of it is checked before anything
 * is returned: type, encoding, CSV, number of records and of fields, values.
 * Raises and returns nothing when any of that is wrong.  The result is valid
 * until the next call, and only as long as the chunk, whose kept columns it
 * points to.
 */
extern const Predictions *drs_decode(Decoder *decoder, const Answer *answer);

/*
 * What is known of a row that was sent, from 0, without its answer: its number
 * and what was kept of it, all else is NULL.  Of the chunk that was decoded
 * last; valid as long as that.
 */
extern void drs_decoder_sent_row(Decoder *decoder, int row, const Datum **values,
								 const bool **isnull);

/* What the answers decoded so far have shown; it changes with each. */
extern const AnswerFacts *drs_decoder_facts(const Decoder *decoder);

#endif							/* DRS_DECODE_H */

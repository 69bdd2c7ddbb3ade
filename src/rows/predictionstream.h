/*
 * predictionstream.h
 *		The way from rows to predictions: put a row, take a prediction.
 *
 * Each way of scoring implements this interface for those who read rows and
 * use predictions.  Predictions come in the order of the rows, one for each,
 * unless forecasts were requested.
 */
#ifndef DRS_PREDICTIONSTREAM_H
#define DRS_PREDICTIONSTREAM_H

#include "datatype/timestamp.h"

#include "base/callcounters.h"
#include "base/rowfailure.h"

/* What the answers have shown so far.  Parts that an answer lacks are NULL in its predictions. */
typedef struct AnswerFacts
{
	/* an answer with predictions was decoded: the members below are set */
	bool		is_answered;
	/*
	 * "prediction" of the first answer is proven to be a number; a text that
	 * looks like one is no proof
	 */
	bool		is_number;
	/* incremented when an answer has other optional parts than the one before */
	int			parts;

	/*
	 * By column of the result: did the last answer contain what the column is
	 * filled from?  For a column of the answer's own, the first answer
	 * decides: if that lacked it, it stays NULL; if not, a later answer
	 * without it is an error.
	 */
	bool	   *has_column;
} AnswerFacts;

typedef struct PredictionStream PredictionStream;

/*
 * The methods; see the functions below.  NULL for cut, release or limit_rows: nothing to do.
 * NULL for poll_answer and poll_fd: nobody else can wait for this stream.
 */
typedef struct StreamMethods
{
	void		(*put) (PredictionStream *stream, const Datum *values, const bool *isnull);
	bool		(*has_room) (const PredictionStream *stream);
	void		(*cut) (PredictionStream *stream);
	void		(*finish) (PredictionStream *stream);
	bool		(*await) (PredictionStream *stream, TimestampTz until);
	bool		(*poll_answer) (PredictionStream *stream);
	int			(*poll_fd) (PredictionStream *stream, TimestampTz latest);
	bool		(*ready) (PredictionStream *stream, bool wait);
	void		(*take) (PredictionStream *stream, const Datum **values, const bool **isnull);
	const RowFailure *(*failure) (const PredictionStream *stream, bool next);
	void		(*sent_row) (PredictionStream *stream, bool last, const Datum **values,
							 const bool **isnull);
	void		(*release) (PredictionStream *stream);
	void		(*limit_rows) (PredictionStream *stream, int64 rows);
	void		(*close) (PredictionStream *stream);
} StreamMethods;

/*
 * What all streams have in common: the first member of their own structs.
 * Only the implementation changes it.
 */
struct PredictionStream
{
	const StreamMethods *methods;
	uint64		rows_put;		/* so far */
	uint64		rows_taken;		/* rows whose predictions were taken */
	uint64		cut_at;			/* rows put before the last cut that was made */
	int			at_hand;		/* predictions that can be taken without waiting or decoding */

	/* the answer that the predictions at hand, or the last one taken, belong to */
	int64		answers;		/* its number, from 1; 0: there was none */
	int			sent_rows;		/* rows that were sent in its request */
	/* the model that it names; NULL: it names none, or a row was refused */
	const char *model_id;

	const AnswerFacts *facts;
	CallCounters *counters;		/* of the call that it is for */
};

/* May another row be put, or does the stream have as many as it should? */
static inline bool
drs_stream_has_room(const PredictionStream *stream)
{
	return stream->methods->has_room(stream);
}

/*
 * Put a row: the values of all columns that the stream was opened for.  They
 * are copied.  Sends complete requests.  Does not wait.
 */
static inline void
drs_stream_put(PredictionStream *stream, const Datum *values, const bool *isnull)
{
	stream->methods->put(stream, values, isnull);
}

/*
 * No request may contain both rows put so far and later ones.  The cut is made
 * at once, except for time series, where it is made when the next one begins;
 * cut_at says when it was made.
 */
static inline void
drs_stream_cut(PredictionStream *stream)
{
	if (stream->methods->cut)
		stream->methods->cut(stream);
	else
		stream->cut_at = stream->rows_put;
}

/*
 * There are no more rows.  Needed when the options name time series;
 * otherwise, taking with wait is enough.
 */
static inline void
drs_stream_finish(PredictionStream *stream)
{
	stream->methods->finish(stream);
}

static inline bool
drs_stream_has_prediction(const PredictionStream *stream)
{
	return stream->at_hand > 0;
}

/*
 * Wait until a prediction can be taken without waiting, at most until the
 * given time (DT_NOEND: as long as it takes).  Decodes nothing, and leaves
 * the values last taken valid.  False when drs_stream_take() with wait would
 * return false, or when the time has passed.
 */
static inline bool
drs_stream_await(PredictionStream *stream, TimestampTz until)
{
	return stream->at_hand > 0 || stream->methods->await(stream, until);
}

/*
 * Can a prediction be taken without waiting?  Like drs_stream_await() until now, but
 * also sends requests that are due, and moves their bytes.
 */
static inline bool
drs_stream_poll(PredictionStream *stream)
{
	return stream->at_hand > 0 || stream->methods->poll_answer(stream);
}

/*
 * A descriptor for somebody else to wait on, after drs_stream_poll() returned false: it
 * is readable when that has something to do, and from the time latest on, one of
 * drs_clock().  Streams may share it: those of one connection, with the
 * earliest of their times.  It is good until one of them is used.  -1: nobody else can wait.
 */
static inline int
drs_stream_poll_fd(PredictionStream *stream, TimestampTz latest)
{
	return stream->methods->poll_fd ? stream->methods->poll_fd(stream, latest) : -1;
}

/*
 * Decode the prediction that drs_stream_take() would return next, so that
 * facts and drs_stream_next_failed() can be looked at first.  The values last
 * taken are no longer valid.
 */
static inline bool
drs_stream_ready(PredictionStream *stream, bool wait)
{
	return stream->at_hand > 0 || stream->methods->ready(stream, wait);
}

/*
 * Take the prediction of the next row: its values, indexed as the result's
 * columns, valid until the next call.  False when every row put so far has had
 * its prediction taken, or, with wait false, when the next one is not there
 * yet.  With wait true, a request that is not full is sent, except for a time
 * series that may continue: while there is nothing else, has_room is true and
 * take returns false.
 */
static inline bool
drs_stream_take(PredictionStream *stream, bool wait, const Datum **values, const bool **isnull)
{
	if (!drs_stream_ready(stream, wait))
		return false;
	stream->methods->take(stream, values, isnull);
	return true;
}

/* Did the row of the next prediction, which is ready, fail? */
static inline bool
drs_stream_next_failed(const PredictionStream *stream)
{
	return stream->methods->failure(stream, true) != NULL;
}

/*
 * Why the row last taken has no prediction; NULL when it has one.  To be called
 * before the next prediction is made ready or taken, and valid until then.
 */
static inline const RowFailure *
drs_stream_failure(const PredictionStream *stream)
{
	return stream->methods->failure(stream, false);
}

/*
 * What is known, without the answer, of the first or last of the rows that
 * were sent in the request to which the last prediction taken belongs.  Called
 * and valid like drs_stream_failure().
 */
static inline void
drs_stream_sent_row(PredictionStream *stream, bool last, const Datum **values, const bool **isnull)
{
	stream->methods->sent_row(stream, last, values, isnull);
}

/*
 * Release what is held for the rows taken so far, such as permits.  A stream
 * that holds permits of its own may need that before it can send more: then
 * await and take return false although rows are left.
 */
static inline void
drs_stream_release(PredictionStream *stream)
{
	if (stream->methods->release)
		stream->methods->release(stream);
}

/* Limit the rows that are put but not taken, unless more are needed for the next prediction. */
static inline void
drs_stream_limit_rows(PredictionStream *stream, int64 rows)
{
	if (stream->methods->limit_rows)
		stream->methods->limit_rows(stream, rows);
}

/* Close the stream, before its memory context would. */
static inline void
drs_stream_close(PredictionStream *stream)
{
	stream->methods->close(stream);
}

#endif							/* DRS_PREDICTIONSTREAM_H */

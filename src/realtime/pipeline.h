/*
 * pipeline.h
 *		The straight line from rows to predictions: put a row, take a prediction.
 *
 * Predictions come in the order of the rows, one for each.  The set-returning
 * functions and the window functions share it.
 */
#ifndef DRS_PIPELINE_H
#define DRS_PIPELINE_H

#include "base/rowfailure.h"
#include "config/endpoint.h"
#include "decode/resultshape.h"
#include "http/request.h"
#include "realtime/permits.h"
#include "rows/sourcecolumns.h"

typedef struct Pipeline Pipeline;

/*
 * Open a pipeline in a new child of the current memory context; resetting
 * that ends whatever is in flight.  The arguments must live as long.  It
 * depends on nothing else of the transaction it was opened in: it can be used
 * in the next one, and after a subtransaction was rolled back.
 */
extern Pipeline *drs_pipeline_open(Endpoint *endpoint, Request *request, const Columns *columns,
								   const Shape *shape);

/*
 * Start small: the first chunk holds first_rows rows, with one request in
 * flight; both grow as predictions are taken, up to the options.  For callers
 * that may stop early.
 */
extern void drs_pipeline_start_slowly(Pipeline *pipeline, int first_rows);

/* The number of the first row, before any is put; else they are numbered from 1.  Counts of rows stay as they are. */
extern void drs_pipeline_number_from(Pipeline *pipeline, uint64 first);

/*
 * From now on, rows may fail by themselves: those that the server refuses
 * (HTTP 400, 422, 480, and 413 of a single row), those too large for any
 * request or without a UTF-8 form, and those with a value in the reply that
 * its column does not take.  They come out of take in their place, with their
 * number, what was kept, record and error, and NULL for all else.  Statuses and
 * replies that are not about a row end the call as ever.
 *
 * Bodies are kept until their rows were taken: at most 2 * concurrency + 2 of
 * them, with what is being filled and taken, and of a chunk being searched
 * once more what is settled of it.  Not to be used while a query runs in
 * parallel: takes use subtransactions.
 */
extern void drs_pipeline_isolate(Pipeline *pipeline);

/*
 * From now on, predictions of time series come as they are, in any number, and
 * not one for each row (decode.h).  The rows of a request count as taken when
 * the last of its predictions was.
 */
extern void drs_pipeline_take_forecasts(Pipeline *pipeline);

/*
 * The rows that were sent in the request that the last prediction taken
 * answers: how many, and what is known of the first or else the last of them
 * without its answer.  Valid until the next take.
 */
extern int	drs_pipeline_sent_rows(const Pipeline *pipeline);
extern void drs_pipeline_sent_row(Pipeline *pipeline, bool last, const Datum **values, const bool **isnull);

/*
 * From now on, a chunk is sent with a permit of permit_holder only, which is given
 * back when the chunk was wholly taken and drs_pipeline_release() is called.
 * When the next prediction needs a permit, there is none, and this pipeline
 * has some to give back by that, take and await return false though rows are
 * left; when it has none, they wait for other processes.
 */
extern void drs_pipeline_hold(Pipeline *pipeline, PermitHolder *permit_holder);

/* Done with the rows taken so far: the permits of all chunks that were wholly taken go back. */
extern void drs_pipeline_release(Pipeline *pipeline);

/* Limit the rows that may be between put and take, as far as waiting for the network does not need more. */
extern void drs_pipeline_limit_rows(Pipeline *pipeline, int64 rows);

/* May a row be put without making the pipeline hold more than it should? */
extern bool drs_pipeline_has_room(const Pipeline *pipeline);

/* Put a row: values of all columns, indexed as columns->desc, copied.  Sends chunks as they fill.  Does not wait. */
extern void drs_pipeline_put(Pipeline *pipeline, const Datum *values, const bool *isnull);

extern uint64 drs_pipeline_rows_put(const Pipeline *pipeline);	/* so far */
extern uint64 drs_pipeline_rows_taken(const Pipeline *pipeline);

/* Is the next prediction at hand, so that taking it neither waits nor decodes? */
extern bool drs_pipeline_has_prediction(const Pipeline *pipeline);

/* There are no more rows.  Needed where the options name time series; else, taking with wait does as well. */
extern void drs_pipeline_finish(Pipeline *pipeline);

/*
 * Take the prediction of the next row: its values, indexed as the shape's
 * columns, valid until the next call.  False when every row put so far has
 * had its prediction taken, or, with wait false, when the next one is not
 * there yet.  With wait true, a chunk that is not full is sent rather than
 * waited for, but for a time series that may go on: while there is nothing
 * else, has_room is true and take is false.
 */
extern bool drs_pipeline_take(Pipeline *pipeline, bool wait, const Datum **values, const bool **isnull);

/* Get the prediction that drs_pipeline_take would, for what can be asked of it before.  The values last taken are gone. */
extern bool drs_pipeline_ready(Pipeline *pipeline, bool wait);

/* How many answers have been decoded: of a prediction that is ready, it is the number of its answer. */
extern int64 drs_pipeline_answers(const Pipeline *pipeline);

/* Of one that is ready: has its row none because it failed? */
extern bool drs_pipeline_next_failed(const Pipeline *pipeline);

/*
 * Wait until a prediction can be taken without waiting, no longer than until
 * (DT_NOEND: as long as it takes); decodes nothing and leaves the values last
 * taken alone.  False as take with wait true, or when the time is over.
 */
extern bool drs_pipeline_await(Pipeline *pipeline, TimestampTz until);

/* Why the row last taken has no prediction; NULL: it has one.  Valid until the next take. */
extern const RowFailure *drs_pipeline_failure(const Pipeline *pipeline);

/* The model that the answer last taken from names; NULL when it names none, or is the refusal of a row. */
extern const char *drs_pipeline_model_id(const Pipeline *pipeline);

/*
 * What the answer last taken from had, known as soon as a row with a
 * prediction was taken: was there something to fill this column of the shape
 * from (a column of that name, which the first answer settles; for probability
 * and its like, whether they apply), a number that changes when an answer has
 * other optional parts, and is "prediction" of the first a number, that is,
 * not a label?  What an answer lacks is NULL; a column of the first that a
 * later one lacks is an error.
 */
extern bool drs_pipeline_is_answered(const Pipeline *pipeline);
extern bool drs_pipeline_has_column(const Pipeline *pipeline, int column);
extern int	drs_pipeline_parts(const Pipeline *pipeline);
extern bool drs_pipeline_is_number(const Pipeline *pipeline);

/* Release it before its memory context would, with all permits that it holds. */
extern void drs_pipeline_close(Pipeline *pipeline);

#endif							/* DRS_PIPELINE_H */

/*
 * pipeline.h
 *		The straight line from rows to predictions: put a row, take a prediction.
 *
 * Predictions come in the order of the rows, one for each.  The set-returning
 * functions and the window functions share it.  PostgreSQL licence.
 */
#ifndef DRS_PIPELINE_H
#define DRS_PIPELINE_H

#include "columns.h"
#include "endpoint.h"
#include "request.h"
#include "shape.h"

typedef struct Pipeline Pipeline;

/*
 * Open a pipeline in a new child of the current memory context; resetting
 * that ends whatever is in flight.  The arguments must live as long.
 */
extern Pipeline *drs_pipeline_open(Endpoint *endpoint, Request *request, const Columns *columns,
								   const Shape *shape);

/*
 * Start small: the first chunk holds first_rows rows, with one request in
 * flight; both grow as predictions are taken, up to the options.  For callers
 * that may stop early.
 */
extern void drs_pipeline_start_slowly(Pipeline *pipeline, int first_rows);

/* Limit the rows that may be between put and take, as far as waiting for the network does not need more. */
extern void drs_pipeline_limit_rows(Pipeline *pipeline, int64 rows);

/* May a row be put without making the pipeline hold more than it should? */
extern bool drs_pipeline_has_room(const Pipeline *pipeline);

/* Put a row: values of all columns, indexed as columns->desc, copied.  Sends chunks as they fill.  Does not wait. */
extern void drs_pipeline_put(Pipeline *pipeline, const Datum *values, const bool *isnull);

/* Is the next prediction at hand, so that taking it neither waits nor decodes? */
extern bool drs_pipeline_has_prediction(const Pipeline *pipeline);

/* There are no more rows. */
extern void drs_pipeline_finish(Pipeline *pipeline);

/*
 * Take the prediction of the next row: its values, indexed as the shape's
 * columns, valid until the next call.  False when every row put so far has
 * had its prediction taken, or, with wait false, when the next one is not
 * there yet.  With wait true, a chunk that is not full is sent rather than
 * waited for.
 */
extern bool drs_pipeline_take(Pipeline *pipeline, bool wait, const Datum **values, const bool **isnull);

/* Release it before its memory context would. */
extern void drs_pipeline_close(Pipeline *pipeline);

#endif							/* DRS_PIPELINE_H */

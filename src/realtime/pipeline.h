/*
 * pipeline.h
 *		A PredictionStream over the real-time API.
 */
#ifndef DRS_PIPELINE_H
#define DRS_PIPELINE_H

#include "config/endpoint.h"
#include "decode/resultshape.h"
#include "http/request.h"
#include "realtime/pipelineplan.h"
#include "rows/predictionstream.h"
#include "rows/sourcecolumns.h"

/*
 * Open a pipeline in a new child of the current memory context; resetting
 * that ends whatever is in flight.  Rows are put as of columns->desc, and
 * predictions have the columns of shape.  The arguments must live as long, but
 * for the plan, which is copied.  It depends on nothing else of the transaction
 * it was opened in: it can be used in the next one, and after a subtransaction
 * was rolled back.
 */
extern PredictionStream *drs_pipeline_open(Endpoint *endpoint, Request *request,
										   const Columns *columns,
										   const Shape *shape, const PipelinePlan *plan);

#endif							/* DRS_PIPELINE_H */

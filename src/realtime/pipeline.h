/*
 * pipeline.h
 *		A PredictionStream that scores rows with the real-time API.
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
 * Open a pipeline in a new child of the current memory context; its reset
 * ends whatever is in flight.  Rows that are put have the columns of
 * columns->desc, and predictions have those of shape.  The arguments must
 * live as long, except the plan, which is copied.  A pipeline does not depend
 * on the transaction that it was opened in: it can be used in the next one,
 * and after a subtransaction was rolled back.
 */
extern PredictionStream *drs_pipeline_open(Endpoint *endpoint, Request *request,
										   const Columns *columns,
										   const Shape *shape, const PipelinePlan *plan);

#endif							/* DRS_PIPELINE_H */

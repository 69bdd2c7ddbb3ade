/*
 * positiveprobe.h
 *		Asks a deployment which of its two classes is the positive one.
 */
#ifndef DRS_POSITIVEPROBE_H
#define DRS_POSITIVEPROBE_H

#include "config/endpoint.h"
#include "http/request.h"
#include "rows/chunk.h"

/*
 * The label of the positive class, palloc'd, or NULL: from an answer in CSV,
 * which names it, to a row of the chunk, or to the whole of it, whose
 * body must be there.  What came of it is remembered as what the public API
 * tells is.  When the request fails, it is NULL; raises on
 * interrupts, and while a query runs in parallel, where no error can be caught.
 */
extern char *drs_positiveprobe(Endpoint *endpoint, Request *request, const Chunk *chunk,
							   bool whole);

#endif							/* DRS_POSITIVEPROBE_H */

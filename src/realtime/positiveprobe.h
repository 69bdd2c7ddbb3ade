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
 * The label of the positive class, palloc'd, or NULL when it cannot be
 * learned.  Sends the first row of the chunk, or all of it (whole), whose
 * body must still be there, and asks for CSV, which names the class.  The
 * result is cached like those of the public API.  A request that fails gives
 * NULL; raises on interrupts, and for any error while a query runs in
 * parallel, where errors cannot be caught.
 */
extern char *drs_positiveprobe(Endpoint *endpoint, Request *request, const Chunk *chunk,
							   bool whole);

#endif							/* DRS_POSITIVEPROBE_H */

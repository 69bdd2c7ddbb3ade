/*
 * targetkind.h
 *		What a deployment predicts, according to its record.
 */
#ifndef DRS_TARGETKIND_H
#define DRS_TARGETKIND_H

#include "config/endpoint.h"
#include "http/request.h"

/*
 * Set request->target_type to what the public API says, asking once in a
 * while.  Does nothing when there is no public API, and warns when that
 * refuses; the type is then NULL.
 */
extern void drs_targetkind_learn(Endpoint *endpoint, Request *request);

#endif							/* DRS_TARGETKIND_H */

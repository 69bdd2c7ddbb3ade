/*
 * targetkind.h
 *		What a deployment predicts, by its record.
 */
#ifndef DRS_TARGETKIND_H
#define DRS_TARGETKIND_H

#include "config/endpoint.h"
#include "http/request.h"

/*
 * Set request->target_type where the public API tells it; asks once in a
 * while.  Where there is no public API it does nothing, and where that fails
 * it warns: the kind is then unknown.
 */
extern void drs_targetkind_learn(Endpoint *endpoint, Request *request);

#endif							/* DRS_TARGETKIND_H */

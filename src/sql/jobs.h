/*
 * jobs.h
 *		What the SQL functions for batch jobs share.
 */
#ifndef DRS_JOBS_H
#define DRS_JOBS_H

#include "fmgr.h"

#include "api/client.h"

/*
 * A client of the public API for a function whose last two arguments are server and
 * options.  Raises as drs_endpoint_resolve() and drs_api_open() do.
 */
extern PublicApi *drs_jobs_open_api(FunctionCallInfo fcinfo);

#endif							/* DRS_JOBS_H */

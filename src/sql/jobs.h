/*
 * jobs.h
 *		What the SQL functions for batch jobs share.
 */
#ifndef DRS_JOBS_H
#define DRS_JOBS_H

#include "fmgr.h"

#include "api/client.h"

/*
 * The endpoint of a function whose last two arguments are server and options.  Raises as
 * drs_endpoint_resolve() does.
 */
extern Endpoint *drs_jobs_endpoint(FunctionCallInfo fcinfo);

/*
 * A client of the public API for a function whose last two arguments are server and
 * options.  Raises as drs_endpoint_resolve() and drs_api_open() do.
 */
extern PublicApi *drs_jobs_open_api(FunctionCallInfo fcinfo);

/* A number of rows, an argument of type quantity; -1 for NULL.  Raises 22023 for one below 0. */
extern int64 drs_jobs_count_argument(FunctionCallInfo fcinfo, int arg, const char *name);

/* An argument that is the id of a job.  Raises for NULL and for what cannot be one. */
extern char *drs_jobs_id(FunctionCallInfo fcinfo, int arg);

/* An argument that is a time-out, in ms; 0 for NULL.  Raises 22023 for what is no time. */
extern double drs_jobs_timeout(FunctionCallInfo fcinfo, int arg);

/* Let pg_stat_activity show only the name of the function that is called. */
extern void drs_jobs_hide_call(FunctionCallInfo fcinfo);

#endif							/* DRS_JOBS_H */

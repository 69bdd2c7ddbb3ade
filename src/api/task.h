/*
 * apitask.h
 *		What the public API does in its own time: it answers at once with where
 *		to ask how it is going (reference 4.1).  PostgreSQL licence.
 */
#ifndef DRS_APITASK_H
#define DRS_APITASK_H

#include "datatype/timestamp.h"

#include "publicapi.h"

/* Where to ask, from an answer that accepted something: palloc'd, or NULL when it does not say. */
extern char *drs_api_task(const ApiAnswer *answer);

/*
 * Wait until the task at that URL is done.  Raises when it failed, and when it
 * is not done at the given time.
 */
extern void drs_api_await(PublicApi *api, const char *url, TimestampTz until);

#endif							/* DRS_APITASK_H */

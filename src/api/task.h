/*
 * task.h
 *		What the public API does in its own time: it answers at once, and says where
 *		to ask for the status (docs/api.md 4.5).
 */
#ifndef DRS_TASK_H
#define DRS_TASK_H

#include "datatype/timestamp.h"

#include "api/client.h"

/* Where to ask, from an answer that accepted something; palloc'd.  NULL: it does not say. */
extern char *drs_api_task(const ApiAnswer *answer);

/*
 * Wait until the task at this URL is done.  Returns where what it made is, palloc'd; NULL:
 * it does not say.  Raises when it has failed, and when it is not done at the given time.
 */
extern char *drs_api_await(PublicApi *api, const char *url, TimestampTz until);

/*
 * Wait for what the request with that answer makes, as long as the option "request_timeout"
 * allows.  Returns where it is, palloc'd.  Raises as above, and 08P01 with the message
 * "missing" when that is not said.
 */
extern char *drs_api_await_made(PublicApi *api, const ApiAnswer *answer, const char *missing);

#endif							/* DRS_TASK_H */

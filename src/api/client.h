/*
 * client.h
 *		The client of DataRobot's public API (docs/api.md 4): one request
 *		after another, tried again where that helps, and lists page by page.
 */
#ifndef DRS_CLIENT_H
#define DRS_CLIENT_H

#include "utils/jsonb.h"

#include "base/compat.h"
#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/retry.h"

typedef struct PublicApi PublicApi;

/* An answer, and the request that it was given to: what drs_api_raise() needs to report it. */
typedef struct ApiAnswer
{
	Exchange   *exchange;
	Request    *request;
	RetryState	retry;
	const char *given_up;		/* why it was not tried again, or NULL */
	uint64		first_row;		/* for the caller to set: rows that it was about; 0: none */
	uint64		last_row;
} ApiAnswer;

/*
 * Open a client for this endpoint, which must outlive it, in a child of the
 * current memory context.  Raises when the server has no option "api_url".
 */
extern PublicApi *drs_api_open(Endpoint *endpoint);

/* End it and forget its answers.  Deleting the context it was opened in does the same. */
extern void drs_api_close(PublicApi *api);

/*
 * Send a request and wait for its answer, sending it again as retry.h says, within
 * max_attempts and retry_budget, and after a 401 when the token file contains another
 * token.  path begins with a slash and comes after api_url; or it is a URL with the
 * origin of api_url, and any other is refused (08P01).  If body is NULL, a GET is
 * sent, else a POST of that JSON (UTF-8), which must live until the answer is there.
 * The answer that ends the attempts is returned, good or not, and lives until the
 * next request or the close.  Raises on interrupts and for what libcurl refuses.
 */
extern ApiAnswer drs_api_send(PublicApi *api, const char *path, const char *body);

/* Wait for so many milliseconds, checking for interrupts. */
extern void drs_api_pause(PublicApi *api, double ms);

/* Has the answer this status? */
extern bool drs_api_has_status(const ApiAnswer *answer, int status);

/* Does its status say that the request was good? */
extern bool drs_api_succeeded(const ApiAnswer *answer);

/* Raise for an answer that is not what was wanted.  SQLSTATEs are listed in docs/options.md. */
pg_noreturn extern void drs_api_raise(const PublicApi *api, const ApiAnswer *answer);

/*
 * The JSON object in an answer, in the current memory context.  Raises 08P01 when the
 * answer is no such object, and what jsonb raises for text or numbers that PostgreSQL
 * cannot store.
 */
extern Jsonb *drs_api_json(PublicApi *api, const ApiAnswer *answer);

/*
 * GET a list (docs/api.md 4.3): call item for each of its objects on all of its
 * pages; false ends it.  path may have a query.  False, and the answer in
 * *refused, when a page has any status but 200.  Raises for a next page at
 * another origin, for a list without an end, and for what is no list.
 */
typedef bool (*ApiItem) (JsonbContainer *object, void *arg);
extern bool drs_api_list(PublicApi *api, const char *path, ApiItem item, void *arg,
						 ApiAnswer *refused);

#endif							/* DRS_CLIENT_H */

/*
 * client.h
 *		The client of DataRobot's public API (docs/api.md 4): requests that are
 *		sent again where that helps, and lists page by page.
 *
 * Most callers send one request and wait for its answer: drs_api_send(),
 * drs_api_exchange(), drs_api_list().  Several can be sent at a time, too: each is an
 * ApiCall, and while one is waited for, the bytes of all move.
 */
#ifndef DRS_CLIENT_H
#define DRS_CLIENT_H

#include "utils/jsonb.h"

#include "base/compat.h"
#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/retry.h"

/* How long an answer takes at most, in ms, by the official client (docs/api.md 4.1). */
#define DRS_API_TIMEOUT 60000

typedef struct PublicApi PublicApi;

/* A request that is sent, and that may be sent again. */
typedef struct ApiCall ApiCall;

/*
 * Called before a request is sent again: its streams begin again from their first byte.
 * It may raise, and then nothing is sent; drs_api_status() is that of the last attempt.
 */
typedef void (*ApiRestart) (void *arg);

/* What is to be sent.  What it points to must live until the call ends. */
typedef struct ApiRequest
{
	const char *method;			/* GET, POST, PUT, PATCH or DELETE */

	/*
	 * Begins with a slash and comes after api_url; or a URL with the origin of
	 * api_url, and any other is refused (08P01).  It may have a query.  It is
	 * copied.
	 */
	const char *path;
	BodySource	source;			/* all zero: no body */
	const char *content_type;	/* of the body; NULL: JSON in UTF-8 */
	const char *accept;			/* what the answer may be; NULL: JSON */
	BodySink	sink;			/* of a good answer; all zero: it is collected */
	Repeatable	repeatable;
	ApiRestart	restart;		/* NULL if there are no streams, or it is never repeatable */
	void	   *restart_arg;
	int			timeout;		/* ms of each attempt; 0: no limit */
	int			stall_timeout;	/* ms without a byte in either direction; 0: no limit */
} ApiRequest;

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
 * next such request or the close.  Raises on interrupts and for what libcurl refuses.
 */
extern ApiAnswer drs_api_send(PublicApi *api, const char *path, const char *body);

/* The same for any request. */
extern ApiAnswer drs_api_exchange(PublicApi *api, const ApiRequest *request);

/*
 * Start a call in a new child of parent, which is drs_api_context() or below it, and
 * whose deletion ends the call.  Nothing waits: it is sent when drs_api_wait() runs.
 * Raises 08P01 for a path to another origin, and when memory is out.
 */
extern ApiCall *drs_api_start(PublicApi *api, MemoryContext parent, const ApiRequest *request);

/* The endpoint that it was opened for. */
extern const Endpoint *drs_api_endpoint(const PublicApi *api);

/* The memory context of the client, which ends all its calls. */
extern MemoryContext drs_api_context(PublicApi *api);

/*
 * Look after a call: true when it has ended, as drs_api_answer() says, good or not.
 * Sends the request again when that is due.  Never waits.  Raises for a token file that
 * cannot be read.
 */
extern bool drs_api_poll(ApiCall *call);

/*
 * When to poll a call at the latest, by drs_clock(): DT_NOEND while it moves by itself,
 * in drs_api_wait().
 */
extern TimestampTz drs_api_due(const ApiCall *call);

/*
 * Move the bytes of all calls until something has happened, or until that moment (by
 * drs_clock(); DT_NOEND: no limit).  Returns early for the latch, and after a minute at
 * the latest.  Processes interrupts, so it can raise.
 */
extern void drs_api_wait(PublicApi *api, TimestampTz until);

/*
 * Wait until a call has ended, or until that moment.  True: it has ended.  Its streams, if
 * any, must not pause.  Raises as drs_api_poll() and drs_api_wait() do.
 */
extern bool drs_api_wait_for(PublicApi *api, ApiCall *call, TimestampTz until);

/*
 * The URL that a link in an answer points to, palloc'd: a URL, or relative to api_url.
 * Raises 08P01 when it is invalid, or of another origin.
 */
extern char *drs_api_link(const PublicApi *api, const char *link);

/* Continue a call whose stream has paused (http/body.h); its streams may be called. */
extern void drs_api_resume(ApiCall *call);

/* The answer of a call that has ended; lives until drs_api_end(). */
extern ApiAnswer drs_api_answer(const ApiCall *call);

/*
 * Of the latest attempt: the bytes of the body that libcurl has taken, and the status of
 * the answer, 0 before it comes.
 */
extern int64 drs_api_sent(const ApiCall *call);
extern int	drs_api_status(const ApiCall *call);

/* End a call, running or not, and free it.  Never raises. */
extern void drs_api_end(ApiCall *call);

/*
 * Call clean_up after an error or a cancel, in the client's memory context.  Interrupts
 * wait until it has ended, which is to be until then, by drs_clock(): three seconds from
 * now.  What it raises is forgotten.  To be called when no error is being handled: in
 * PG_CATCH() after CopyErrorData() and FlushErrorState(), then ReThrowError().
 */
typedef void (*ApiCleanUp) (TimestampTz until, void *arg);
extern void drs_api_clean_up(PublicApi *api, ApiCleanUp clean_up, void *arg);

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

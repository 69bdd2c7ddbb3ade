/*
 * request.h
 *		A request as data: all that a transport needs to know of it, and what its
 *		answer is about.
 */
#ifndef DRS_REQUEST_H
#define DRS_REQUEST_H

#include "nodes/pg_list.h"

#include "config/endpoint.h"
#include "http/body.h"
#include "http/parameters.h"

typedef struct Header
{
	const char *name;
	char	   *value;
	bool		secret;			/* never shown */
} Header;

/* The HTTP statuses from first to last. */
typedef struct StatusSet
{
	int			first;
	int			last;
} StatusSet;

/* May a request be sent again? */
typedef enum Repeatable
{
	REPEATABLE,					/* however it ended: it changes nothing, or the same as before */
	REPEATABLE_REFUSED,			/* only if the server cannot have done what it asks for */
	REPEATABLE_UNSENT			/* only if nothing was sent: its body cannot be had again */
} Repeatable;

/* Copies of a request share what it points to. */
typedef struct Request
{
	const char *method;
	char	   *url;
	List	   *headers;		/* of Header * */
	int			token_number;	/* of the endpoint's token in the headers */
	BodySource	source;
	BodySink	sink;
	StatusSet	accepts;		/* of good answers; all others are errors, of whose
								 * bodies only a message is used */
	size_t		max_reply;		/* bytes of a good answer that is collected,
								 * packed or not; at most 1 GB */
	int			timeout;		/* ms from start to end; 0: no limit */
	int			stall_timeout;	/* ms without a byte in either direction, except in
								 * pauses of ours; 0: no limit */
	Repeatable	repeatable;
	bool		public_api;		/* goes to api_url: needs no datarobot-key,
								 * and may be answered with it */

	/* of requests that score */
	char	   *deployment;		/* or what else names the model, for messages; NULL for
								 * other routes */
	char	   *target_type;	/* what the model predicts (docs/api.md 4.2); NULL: not known */
	DataFormat	body;			/* of rows: CSV or JSON */
	DataFormat	answer;			/* asked for: CSV or JSON */
	bool		opaque;			/* neither body nor answer contains rows */
} Request;

static inline bool
drs_request_accepts(const Request *request, int status)
{
	return status >= request->accepts.first && status <= request->accepts.last;
}

/* The request with a body of len bytes, which are not copied. */
static inline Request
drs_request_with_body(const Request *request, const char *bytes, size_t len)
{
	Request		copy = *request;

	copy.source = (BodySource) {.bytes = bytes, .length = (int64) len};
	return copy;
}

/*
 * The request that scores rows (docs/api.md 1.1), by the server's addressing.
 * deployment is what names the model there; if it is NULL, the server's default is
 * used.  Raises when there is none, when it cannot be part of a URL, when options
 * exclude each other, or when the request line would be longer than DataRobot
 * accepts.  Palloc'd, as are all that follow.
 */
extern Request *drs_request_predictions(const Endpoint *endpoint, const char *deployment);

/*
 * The same request for an answer in CSV, and not for drift tracking, since its rows
 * are sent once more.  It has all of the parameters, or none.
 */
extern Request *drs_request_as_csv(const Request *request, bool parameters);

/*
 * The request that sends a body to an unstructured model; content_type says what the
 * body is.  Raises as the one before, and for parameters, which such models do not
 * take.
 */
extern Request *drs_request_unstructured(const Endpoint *endpoint, const char *deployment,
										 const char *content_type);

/* A GET of base + path, with the credentials but without a body. */
extern Request *drs_request_get(const Endpoint *endpoint, const char *base, const char *path);

/*
 * A request to the public API.  content_type says what its body is, NULL that it has
 * none; accept what the answer may be.  Any status from 200 to 299 is a good answer.
 */
extern Request *drs_request_api(const Endpoint *endpoint, const char *method, const char *url,
								const char *content_type, const char *accept);

/* Remove a header, if it is there.  Copies of the request keep it. */
extern void drs_request_drop_header(Request *request, const char *name);

/* Rebuild the headers, before it is sent again, if the endpoint has another token by now. */
extern void drs_request_refresh_token(Request *request, const Endpoint *endpoint);

/* The headers as text, a line each, secrets masked; palloc'd, for preview. */
extern char *drs_request_show_headers(const Request *request);

#endif							/* DRS_REQUEST_H */

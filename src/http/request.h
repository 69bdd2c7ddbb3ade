/*
 * request.h
 *		What is the same in every request of a call: method, URL, headers.
 */
#ifndef DRS_REQUEST_H
#define DRS_REQUEST_H

#include "config/endpoint.h"
#include "nodes/pg_list.h"
#include "http/parameters.h"

typedef struct Header
{
	const char *name;
	char	   *value;
	bool		secret;			/* never shown */
} Header;

typedef struct Request
{
	const char *method;
	char	   *url;
	char	   *deployment;		/* or what else names the model, for messages; NULL for other routes */
	char	   *target_type;	/* what the model predicts (docs/api.md 4.2); NULL: it is not known */
	DataFormat	body;			/* of rows: CSV or JSON */
	DataFormat	answer;			/* asked for: CSV or JSON */
	bool		opaque;			/* neither body nor answer are rows */
	List	   *headers;		/* of Header * */
	bool		public_api;		/* goes to api_url: needs no datarobot-key, and may be answered with it */
} Request;

/*
 * The request that scores rows (docs/api.md 1.1), by the server's addressing.
 * deployment is what names the model there; it may be NULL: the server's
 * default is used.  Raises when there is none, when it cannot stand in a URL,
 * when options exclude each other, or when the request line would be longer
 * than DataRobot accepts.
 */
extern Request *drs_request_predictions(const Endpoint *endpoint, const char *deployment);

/*
 * The same for CSV instead, palloc'd, and not for drift tracking: rows are
 * sent once more.  Of the parameters it has none, or all.
 */
extern Request *drs_request_as_csv(const Request *request, bool parameters);

/*
 * The request that hands a body to an unstructured model; content_type says
 * what the body is.  Raises likewise, and for parameters, of which such models
 * take none.
 */
extern Request *drs_request_unstructured(const Endpoint *endpoint, const char *deployment, const char *content_type);

/* A GET of base + path, with the credentials but without a body. */
extern Request *drs_request_get(const Endpoint *endpoint, const char *base, const char *path);

/* A request of the public API: GET, or POST of JSON. */
extern Request *drs_request_api(const Endpoint *endpoint, const char *method, const char *url);

/* Build the headers again after the endpoint's token has changed. */
extern void drs_request_renew_token(Request *request, const Endpoint *endpoint);

/* The headers as text, a line each, secrets masked; for preview. */
extern char *drs_request_show_headers(const Request *request);

#endif							/* DRS_REQUEST_H */

/*
 * request.h
 *		What is the same in every request of a call: method, URL, headers.
 *		PostgreSQL licence.
 */
#ifndef DRS_REQUEST_H
#define DRS_REQUEST_H

#include "endpoint.h"
#include "nodes/pg_list.h"

/* Name of the column that rides along when a call asks for verify_order. */
#define DRS_ORDER_COLUMN "datarobot_scoring_row"

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
	char	   *deployment;		/* for messages; NULL for other routes */
	List	   *headers;		/* of Header * */
	bool		public_api;		/* goes to api_url: needs no datarobot-key, and may be answered with it */
} Request;

/*
 * The request that scores rows (reference 1.1, route R1).  deployment may be
 * NULL: the server's default is used.  Raises when there is none, when the id
 * cannot stand in a URL, or when the request line would be longer than
 * DataRobot accepts.
 */
extern Request *drs_request_predictions(const Endpoint *endpoint, const char *deployment);

/* A GET of base + path, with the credentials but without a body. */
extern Request *drs_request_get(const Endpoint *endpoint, const char *base, const char *path);

/* A request of the public API: GET, or POST of JSON. */
extern Request *drs_request_api(const Endpoint *endpoint, const char *method, const char *url);

/* Build the headers again after the endpoint's token has changed. */
extern void drs_request_renew_token(Request *request, const Endpoint *endpoint);

/* The headers as text, a line each, secrets masked; for preview. */
extern char *drs_request_show_headers(const Request *request);

#endif							/* DRS_REQUEST_H */

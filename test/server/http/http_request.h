/* One HTTP request from its first header to the hand-over of its reply. */
#ifndef STANDIN_HTTP_REQUEST_H
#define STANDIN_HTTP_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "faults/fault.h"
#include "http/http_reply.h"
#include "input/input.h"
#include "model/synthetic.h"
#include "input/params.h"

struct deployment;

enum { BODY_MAX = 52428800, REQUEST_LINE_MAX = 8192 };

enum route
{
	ROUTE_UNKNOWN,
	ROUTE_PING,
	ROUTE_TOKEN,				/* an API token for a user and his password */
	ROUTE_MODELS,				/* of a project, before 1.0 */
	ROUTE_PREDICTIONS,
	ROUTE_PORTABLE,				/* what a portable server tells of itself */
	ROUTE_API,					/* the public API */
	ROUTE_CONTROL
};

/* How a prediction route was addressed; it decides who may predict and how errors look. */
enum address
{
	ADDRESS_DEDICATED,			/* /predApi/v1.0/deployments/ID */
	ADDRESS_SERVERLESS,			/* /api/v2/deployments/ID */
	ADDRESS_PROJECT,			/* /predApi/v1.0/PROJECT/MODEL */
	ADDRESS_IMPORT,				/* /predApi/v1.0/IMPORT */
	ADDRESS_PORTABLE,			/* no prefix */
	ADDRESS_V1					/* /api/v1/PROJECT/MODEL */
};

enum stage
{
	STAGE_HEADER,
	STAGE_BODY,
	STAGE_WAIT,					/* the whole request is here; a delay is running */
	STAGE_PARKED,				/* it will never be answered */
	STAGE_RAW,					/* the reply is written past the HTTP library */
	STAGE_DONE
};

struct request
{
	struct MHD_Connection *connection;
	int			fd;
	void	   *tls_session;	/* gnutls_session_t, or NULL */
	enum stage	stage;
	bool		gone;			/* nobody waits for the reply any more */
	int64_t		started;

	/* what was asked */
	char	   *target;			/* as received, with its query */
	char		method[16];
	enum route	route;
	enum address address;
	enum operation operation;
	char		id[64];			/* of the deployment, project or import, as received */
	const char *rest;			/* of the target: behind /api/v2/, or the portable server's path */
	struct deployment *deployment;
	bool		expects;		/* the client waits with its body for a word from us */
	struct parameters params;

	/* body */
	uint64_t	received;		/* bytes */
	struct buffer body;
	bool		streaming;		/* scanned as it arrives, never kept */
	struct scan scan;
	bool		unpacked;		/* the body is plain text of this form */
	enum body_form form;

	/* answer */
	struct fault_choice fault;
	struct buffer fault_rows;	/* size_t each: rows that hold the value the fault waits for */
	struct reply reply;
	bool		want_csv;
	uint64_t	rows;			/* predicted */

	/* book-keeping */
	bool		entered;		/* counted as in flight */
	bool		answered;		/* counted by status */
	bool		complete;		/* the whole reply was handed over */
	int			status_sent;
	uint64_t	rows_sent;
	uint64_t	body_sent;
	json_t	   *journal;		/* what is written down of it; NULL: nothing */
};

/* its first line is here; to be freed when the library is done with it */
struct request *request_new(struct MHD_Connection *connection, const char *target);
void		request_free(struct request *r);

const char *request_header(const struct request *r, const char *name);

/*
 * count the answer once, before its first byte leaves, so that who has the reply finds it counted
 */
void		request_count_answer(struct request *r, int status, uint64_t rows);

/* the reply is as good as handed over: no longer in flight */
void		request_leave(struct request *r);

#endif

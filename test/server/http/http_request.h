/* One HTTP request, from its first line until its reply is handed over. */
#ifndef STANDIN_HTTP_REQUEST_H
#define STANDIN_HTTP_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/http_reply.h"
#include "faults/fault.h"
#include "input/input.h"
#include "input/params.h"
#include "model/synthetic.h"

struct batch_call;
struct deployment;

enum { REQUEST_LINE_MAX = 8192 };

enum route
{
	ROUTE_UNKNOWN,
	ROUTE_PING,
	ROUTE_TOKEN,				/* an API token for a user name and password */
	ROUTE_MODELS,				/* of a project, before 1.0 */
	ROUTE_PREDICTIONS,
	ROUTE_PORTABLE,				/* what a portable server reports about itself */
	ROUTE_API,					/* the public API */
	ROUTE_BATCH,				/* its part for batch predictions */
	ROUTE_CONTROL
};

/* The form of a prediction route's address, which decides who may predict and how errors look. */
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
	STAGE_WAIT,					/* the request is complete; a delay is running */
	STAGE_PARKED,				/* it will never be answered */
	STAGE_RAW,					/* the reply is written without the HTTP library */
	STAGE_DONE
};

struct request
{
	struct MHD_Connection *connection;
	int			fd;
	void	   *tls_session;	/* gnutls_session_t, or NULL */
	enum stage	stage;
	bool		gone;			/* the client does not wait for the reply any more */
	int64_t		started;

	/* what was asked */
	char	   *target;			/* as received, with its query */
	char		method[16];
	enum route	route;
	enum address address;
	enum operation operation;
	char		id[64];			/* of the deployment, project or import, as received */
	const char *rest;			/* of the target: after /api/v2/, or a portable server's path */
	struct deployment *deployment;
	struct batch_call *call;	/* NULL: it is not for batch */
	bool		expects;		/* it sent Expect: 100-continue */
	struct parameters params;

	/* body */
	uint64_t	received;		/* bytes */
	struct buffer body;
	bool		streaming;		/* the body is scanned as it arrives, not kept */
	struct scan scan;
	bool		unpacked;		/* the body is plain text of this form */
	enum body_form form;

	/* answer */
	struct fault_choice fault;
	struct buffer fault_rows;	/* size_t each: rows with the value that the fault waits for */
	struct reply reply;
	MHD_ContentReaderCallback reader;	/* that the body comes from; NULL: it is in the reply */
	bool		want_csv;
	uint64_t	rows;			/* predicted */

	/* book-keeping */
	bool		entered;		/* counted as in flight */
	bool		answered;		/* counted by status */
	bool		complete;		/* the whole reply was handed over */
	int			status_sent;
	uint64_t	rows_sent;
	uint64_t	body_sent;
	json_t	   *journal;		/* its entry until that is kept; NULL: none */
};

/* the first line has arrived; to be freed when the library has completed the request */
struct request *request_new(struct MHD_Connection *connection, const char *target);
void		request_free(struct request *r);

const char *request_header(const struct request *r, const char *name);

/* counts the answer, once, before its first byte is sent: a client that has it finds it counted */
void		request_count_answer(struct request *r, int status, uint64_t rows);

/* the reply is about to be handed over: the request is no longer in flight */
void		request_leave(struct request *r);

#endif

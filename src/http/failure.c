/*
 * failure.c
 *		Messages for what went wrong between us and a server.
 *
 * The primary message says what happened, the detail what is known (the server's
 * message, rows, phase and times, attempts), and the hint what to do, if something is
 * likely to help.  Neither tokens nor bodies that we sent appear.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/servermessage.h"
#include "base/url.h"
#include "http/failure.h"
#include "http/retry.h"
#include "http/transport.h"

static int	outcome_sqlstate(Outcome outcome);
static char *outcome_message(const Exchange *exchange, const Endpoint *endpoint,
							 const Request *request);
static const char *outcome_hint(const Exchange *exchange, const Request *request);
pg_noreturn static void raise_status(const Exchange *exchange, const Endpoint *endpoint,
						 const Request *request, const FailureScope *scope);
static char *describe(const Exchange *exchange, const Request *request, const FailureScope *scope);

void
drs_failure_raise(const Exchange *exchange, const Endpoint *endpoint, const Request *request,
				  const FailureScope *scope)
{
	const char *hint;

	if (exchange->outcome == OUTCOME_REPLY)
		raise_status(exchange, endpoint, request, scope);
	hint = outcome_hint(exchange, request);
	ereport(ERROR,
			(errcode(outcome_sqlstate(exchange->outcome)),
			 errmsg_internal("%s", outcome_message(exchange, endpoint, request)),
			 errdetail_internal("%s", describe(exchange, request, scope)),
			 hint ? errhint("%s", hint) : 0));
}

/* The option that says where the request goes. */
static const char *
url_option(const Request *request)
{
	return request->public_api ? "api_url" : "prediction_url";
}

static int
outcome_sqlstate(Outcome outcome)
{
	switch (outcome)
	{
		case OUTCOME_NO_CONNECTION:
		case OUTCOME_NO_HOST:
		case OUTCOME_PROXY:
		case OUTCOME_TLS:
			return ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		case OUTCOME_LOST:
		case OUTCOME_CUT:
		case OUTCOME_TIMEOUT:
		case OUTCOME_STALLED:
			return ERRCODE_CONNECTION_FAILURE;
		case OUTCOME_TOO_LARGE:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		default:
			return ERRCODE_PROTOCOL_VIOLATION;
	}
}

static char *
outcome_message(const Exchange *exchange, const Endpoint *endpoint, const Request *request)
{
	static const char *const phases[] = {
		"connecting", "sending", "waiting for the answer", "receiving the answer"
	};
	const char *server = endpoint->server_name;
	const char *host = drs_url_host(request->url);
	const char *reason = drs_one_line(exchange->error, strlen(exchange->error), 200);

	switch (exchange->outcome)
	{
		case OUTCOME_NO_CONNECTION:
		case OUTCOME_NO_HOST:
			return psprintf("could not connect to server \"%s\" at %s: %s", server, host, reason);
		case OUTCOME_TLS:
			return psprintf("could not establish TLS with server \"%s\" at %s: %s", server, host,
							reason);
		case OUTCOME_PROXY:
			return psprintf("the proxy of server \"%s\" does not connect to %s: %s", server, host,
							reason);
		case OUTCOME_LOST:
			return psprintf("server \"%s\" closed the connection without answering: %s", server,
							reason);
		case OUTCOME_CUT:
			return psprintf("the answer of server \"%s\" was cut off: %s", server, reason);
		case OUTCOME_TIMEOUT:
			return psprintf("request to server \"%s\" timed out while %s", server,
							phases[exchange->phase]);
		case OUTCOME_STALLED:
			return psprintf("request to server \"%s\" stalled while %s", server,
							phases[exchange->phase]);
		case OUTCOME_STOPPED:
			return psprintf("request to server \"%s\" was stopped while %s", server,
							phases[exchange->phase]);
		case OUTCOME_TOO_LARGE:
			return psprintf("the answer of server \"%s\" is larger than %zu bytes", server,
							exchange->request.max_reply);
		case OUTCOME_GARBLED:
			return psprintf("the answer of server \"%s\" cannot be unpacked: %s", server, reason);
		case OUTCOME_SECRET:
			return psprintf("the answer of server \"%s\" repeats a secret of the user mapping",
							server);
		default:
			return psprintf("request to server \"%s\" failed: %s", server, reason);
	}
}

static const char *
outcome_hint(const Exchange *exchange, const Request *request)
{
	switch (exchange->outcome)
	{
		case OUTCOME_NO_HOST:
			return psprintf("Check the host name in the option \"%s\".", url_option(request));
		case OUTCOME_PROXY:
			return "Check the option \"proxy\"; it takes no user and password.";
		case OUTCOME_TLS:
			return "For a private certificate authority, set the option \"ca_file\" of the"
				" server.";
		case OUTCOME_LOST:
			return drs_retry_may_be_size(exchange->outcome, exchange->request_len) ?
				psprintf("If the server takes no bodies of %zu bytes, lower the option"
						 " \"chunk_size\".",
						 exchange->request_len) : NULL;
		case OUTCOME_TIMEOUT:
			return request->public_api ? NULL :
				"Raise the option \"request_timeout\", or lower \"chunk_rows\".";
		case OUTCOME_TOO_LARGE:
			return request->public_api ? "Raise the option \"max_reply_size\"." :
				"Lower the option \"chunk_rows\", or raise \"max_reply_size\".";
		default:
			return NULL;
	}
}

/* SQLSTATE of a status; docs/api.md 1.8 says when each is sent. */
static int
status_sqlstate(const Exchange *exchange, const Endpoint *endpoint)
{
	int			status = exchange->status;

	if (drs_failure_blames_rows(exchange, endpoint))
		return ERRCODE_DATA_EXCEPTION;
	switch (status)
	{
		case 401:
		case 403:
			return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
		case 404:
			return ERRCODE_UNDEFINED_OBJECT;
		case 415:
			return ERRCODE_DATA_EXCEPTION;
		case 413:
		case 414:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case 429:
			return ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
		default:
			return status >= 500 ? ERRCODE_SYSTEM_ERROR : ERRCODE_PROTOCOL_VIOLATION;
	}
}

bool
drs_failure_blames_rows(const Exchange *exchange, const Endpoint *endpoint)
{
	const char *said;

	switch (exchange->status)
	{
		case 400:
		case 422:
		case 480:
			return true;
		case 500:
			/* what DRUM answers when the model, or one of its hooks, raised an exception */
			if (endpoint->options.server.addressing != ADDRESSING_DRUM ||
				!drs_is_json_type(exchange->content_type))
				return false;
			said = drs_server_message(exchange->body.data, exchange->body.len, endpoint->secrets);
			return said && strncmp(said, "ERROR: ", strlen("ERROR: ")) == 0;
		default:
			return false;
	}
}

static const char *
status_hint(int status, const Request *request, const FailureScope *scope)
{
	if (request->public_api && status != 401)
		return NULL;
	switch (status)
	{
		case 401:
			return "Check the API token and the datarobot-key in the user mapping;"
				" datarobot.check_connection() tests both.";
		case 403:
			return "The token's owner may not use this deployment.";
		case 404:
			return "Check the deployment id and the path in the option \"prediction_url\".";
		case 407:
			return "Check the option \"proxy\"; it takes no user and password.";
		case 413:
			if (scope->first_row == 0)
				return NULL;
			return scope->first_row == scope->last_row ?
				"One row alone is larger than the server accepts." :
				"One time series alone is larger than the server accepts.";
		case 429:
			return "Lower the option \"concurrency\", set \"rate_limit\", or raise"
				" \"retry_budget\".";
		case 504:
			return "Lower the option \"chunk_rows\", so that a request takes less time.";
		default:
			return NULL;
	}
}

static char *
status_message(const Exchange *exchange, const Endpoint *endpoint)
{
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len,
										  endpoint->secrets);

	return psprintf("server \"%s\" answered with HTTP status %d%s%s", endpoint->server_name,
					exchange->status, said ? ": " : "", said ? said : "");
}

RowFailure *
drs_failure_of_row(const Exchange *exchange, const Endpoint *endpoint)
{
	RowFailure *failure = palloc0(sizeof(RowFailure));

	failure->http_status = exchange->status;
	failure->sqlerrcode = status_sqlstate(exchange, endpoint);
	failure->message = status_message(exchange, endpoint);
	return failure;
}

/*
 * Where a redirect points, for messages: the host if it is another one, else the URL
 * without its query.
 */
static char *
redirect_target(const Exchange *exchange, const Request *request)
{
	char	   *url = drs_url_join(request->url, exchange->location);

	if (url == NULL)
		return drs_one_line(exchange->location, strlen(exchange->location), 200);
	if (!drs_url_same_origin(url, request->url))
		return drs_url_host(url);
	return pnstrdup(url, Min(strcspn(url, "?#"), 300));
}

/* Does it point to the same URL with a slash at the end of the path? */
static bool
lacks_slash(const Request *request, const char *target)
{
	size_t		len = strcspn(request->url, "?");

	return strncmp(request->url, target, len) == 0 && strcmp(target + len, "/") == 0;
}

pg_noreturn static void
raise_redirect(const Exchange *exchange, const Endpoint *endpoint, const Request *request,
			   const FailureScope *scope)
{
	char	   *target = redirect_target(exchange, request);

	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("server \"%s\" redirects elsewhere (HTTP status %d)", endpoint->server_name,
					exchange->status),
			 errdetail("It %s%s%s. Redirects are not followed: they would carry the token"
					   " there. %s",
					   target[0] ? "points to \"" : "does not say where", target,
					   target[0] ? "\"" : "",
					   describe(exchange, request, scope)),
			 lacks_slash(request, target) && !request->public_api ?
			 errhint("The path needs a slash at its end: check the options"
					 " \"prediction_url\" and \"addressing\".") :
			 errhint("Check the option \"%s\".", url_option(request))));
}

static void
raise_status(const Exchange *exchange, const Endpoint *endpoint, const Request *request,
			 const FailureScope *scope)
{
	const char *hint = status_hint(exchange->status, request, scope);

	if (exchange->status >= 300 && exchange->status < 400)
		raise_redirect(exchange, endpoint, request, scope);
	ereport(ERROR,
			(errcode(status_sqlstate(exchange, endpoint)),
			 errmsg_internal("%s", status_message(exchange, endpoint)),
			 errdetail_internal("%s", describe(exchange, request, scope)),
			 hint ? errhint("%s", hint) : 0));
}

/* Deployment, rows, attempts, times and request id, as far as they are known. */
static char *
describe(const Exchange *exchange, const Request *request, const FailureScope *scope)
{
	StringInfoData text;

	initStringInfo(&text);
	if (request->public_api)
		appendStringInfo(&text, "%s %.300s", request->method, strstr(request->url, "://") + 3);
	if (request->deployment)
		appendStringInfo(&text, "Deployment %s", request->deployment);
	if (scope->first_row > 0 && scope->first_row == scope->last_row)
		appendStringInfo(&text, ", row " UINT64_FORMAT, scope->first_row);
	else if (scope->first_row > 0)
		appendStringInfo(&text, ", rows " UINT64_FORMAT " to " UINT64_FORMAT, scope->first_row,
						 scope->last_row);
	if (text.len > 0)
		appendStringInfoString(&text, ": ");
	appendStringInfo(&text, "%s.", drs_exchange_timings(exchange));
	if (scope->given_up)
		appendStringInfo(&text, " Given up after %d attempt%s: %s.", scope->attempts,
						 scope->attempts == 1 ? "" : "s", scope->given_up);
	if (exchange->request_id[0])
		appendStringInfo(&text, " Request id %s.", exchange->request_id);
	return text.data;
}

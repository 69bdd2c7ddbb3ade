/*
 * call.c
 *		Calls of the public API: requests that are sent, and sent again where
 *		http/retry.h says so, while others move as well.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/client.h"
#include "api/client_internal.h"
#include "base/clock.h"
#include "base/headertext.h"
#include "base/url.h"
#include "http/retry.h"

#define JSON_BODY "application/json; charset=UTF-8"
#define MAX_URL 8000			/* the request line's limit (docs/api.md 1.9) */

struct ApiCall
{
	MemoryContext cxt;			/* owns the call and all of its attempts */
	PublicApi  *api;
	Request    *request;
	ApiRestart	restart;
	void	   *restart_arg;
	Exchange   *exchange;		/* the latest attempt */
	RetryState	retry;
	TimestampTz due;			/* when to send again, by drs_clock(); DT_NOEND: it is running, or
								 * has ended */
	bool		ended;
	const char *given_up;		/* why it was not sent again, or NULL */
};

/* Raise unless our token may be sent to this URL, which comes from an answer. */
static void
check_url(const PublicApi *api, const char *url)
{
	if (url == NULL || strlen(url) > MAX_URL || !drs_is_header_word(url))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("server \"%s\" returned an invalid URL",
						api->endpoint->server_name)));
	if (!drs_url_same_origin(url, api->endpoint->options.server.api_url))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("server \"%s\" points to another host", api->endpoint->server_name),
				 errdetail("Scheme, host and port of \"%s\" are not those of the option"
						   " \"api_url\"; the token would be sent there.",
						   drs_url_host(url)),
				 errhint("If that is the same service, put this address into the option"
						 " \"api_url\".")));
}

char *
drs_api_link(const PublicApi *api, const char *link)
{
	char	   *url = strlen(link) > MAX_URL ? NULL :
		drs_url_join(api->endpoint->options.server.api_url, link);

	check_url(api, url);
	return url;
}

/* The URL of a request, by its path after api_url or as a URL. */
static char *
whole_url(const PublicApi *api, const char *path)
{
	if (path[0] == '/')
		return psprintf("%s%s", api->endpoint->options.server.api_url, path);
	check_url(api, path);
	return pstrdup(path);
}

static Request *
http_request(const PublicApi *api, const ApiRequest *asked)
{
	bool		has_body = asked->source.bytes || asked->source.pull;
	const char *content_type = asked->content_type ? asked->content_type : JSON_BODY;
	Request    *request = drs_request_api(api->endpoint, asked->method,
										  whole_url(api, asked->path),
										  has_body ? content_type : NULL,
										  asked->accept ? asked->accept : "application/json");

	request->source = asked->source;
	request->sink = asked->sink;
	request->repeatable = asked->repeatable;
	request->timeout = asked->timeout > 0 ? Min(request->timeout, asked->timeout) : 0;
	request->stall_timeout = asked->stall_timeout;
	return request;
}

static void
send_once(ApiCall *call)
{
	call->due = DT_NOEND;
	if (call->retry.attempts++ > 0)
		call->api->endpoint->counters->retries++;
	drs_request_refresh_token(call->request, call->api->endpoint);
	call->exchange = drs_exchange_start(call->api->transport, call->cxt, call->request);
}

static void
send_again(ApiCall *call)
{
	if (call->restart)
		call->restart(call->restart_arg);
	drs_exchange_end(call->exchange);
	call->exchange = NULL;
	send_once(call);
}

/* The latest attempt has ended: is there to be another one, and when? */
static void
decide(ApiCall *call)
{
	PublicApi  *api = call->api;
	RetryRules	rules = drs_retry_rules(api->endpoint, call->request);
	RetryDecision decision = drs_retry_exchange(&call->retry, call->exchange, &rules,
												api->endpoint, &api->token_reread);

	/* a later 401 means that this token has been replaced, too */
	if (drs_exchange_is_good(call->exchange))
		api->token_reread = false;
	call->given_up = decision.given_up;
	call->ended = decision.action == RETRY_NOT;
	if (!call->ended)
		call->due = drs_clock() + (int64) (decision.pause * 1000);
}

ApiCall *
drs_api_start(PublicApi *api, MemoryContext parent, const ApiRequest *request)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring public API call",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ApiCall    *call = palloc0(sizeof(ApiCall));

	call->cxt = cxt;
	call->api = api;
	call->request = http_request(api, request);
	call->restart = request->restart;
	call->restart_arg = request->restart_arg;
	send_once(call);
	MemoryContextSwitchTo(old);
	return call;
}

bool
drs_api_poll(ApiCall *call)
{
	MemoryContext old = MemoryContextSwitchTo(call->cxt);

	if (!call->ended && call->due == DT_NOEND && call->exchange->outcome != OUTCOME_RUNNING)
		decide(call);
	if (call->due <= drs_clock())
		send_again(call);
	MemoryContextSwitchTo(old);
	return call->ended;
}

TimestampTz
drs_api_due(const ApiCall *call)
{
	return call->due;
}

void
drs_api_wait(PublicApi *api, TimestampTz until)
{
	long		left = DRS_MAX_WAIT_MS;

	if (until != DT_NOEND)
		left = Min(left, TimestampDifferenceMilliseconds(drs_clock(), until));
	drs_transport_wait(api->transport, left);
}

void
drs_api_resume(ApiCall *call)
{
	if (call->exchange)
		drs_exchange_resume(call->exchange);
}

ApiAnswer
drs_api_answer(const ApiCall *call)
{
	return (ApiAnswer) {
		.exchange = call->exchange,
		.request = call->request,
		.retry = call->retry,
		.given_up = call->given_up
	};
}

int64
drs_api_sent(const ApiCall *call)
{
	return call->exchange ? (int64) call->exchange->read_len : 0;
}

int
drs_api_status(const ApiCall *call)
{
	return call->exchange ? call->exchange->status : 0;
}

void
drs_api_end(ApiCall *call)
{
	MemoryContextDelete(call->cxt);
}

/*
 * check.c
 *		The function check_connection: goes the way of a request step by step
 *		and says in words where it ends.  PostgreSQL licence.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "arguments.h"
#include "endpoint.h"
#include "message.h"
#include "request.h"
#include "transport.h"
#include "url.h"

PG_FUNCTION_INFO_V1(drs_check_connection);

/* A test should not take as long as a request of real rows may. */
#define CHECK_TIMEOUT_MS 30000

static void
report(ReturnSetInfo *result, const char *step, bool ok, const char *detail)
{
	Datum		values[3];
	bool		isnull[3] = {0};

	values[0] = CStringGetTextDatum(step);
	values[1] = BoolGetDatum(ok);
	values[2] = CStringGetTextDatum(detail);
	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* GET base + path and wait for the answer, whatever it is. */
static Exchange *
get(const Endpoint *endpoint, const char *base, const char *path)
{
	Transport  *transport = drs_transport_open(endpoint);
	Exchange   *exchange = drs_exchange_start(transport, CurrentMemoryContext,
											  drs_request_get(endpoint, base, path), NULL, 0);

	while (exchange->outcome == OUTCOME_RUNNING)
		drs_transport_wait(transport, CHECK_TIMEOUT_MS);
	return exchange;
}

static void
report_exchange(ReturnSetInfo *result, const char *step, const Exchange *exchange, const char *url,
				const char *expected)
{
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len);
	char	   *host = drs_url_host(url);

	if (exchange->outcome == OUTCOME_NO_HOST)
		report(result, step, false, psprintf("the name of %s cannot be resolved: %s", host, exchange->error));
	else if (exchange->outcome == OUTCOME_TLS)
		report(result, step, false, psprintf("%s does not show a certificate that is trusted: %s", host, exchange->error));
	else if (exchange->outcome == OUTCOME_NO_CONNECTION)
		report(result, step, false, psprintf("%s does not accept connections: %s", host, exchange->error));
	else if (exchange->outcome != OUTCOME_REPLY)
		report(result, step, false, psprintf("%s accepts connections but did not answer: %s", host,
											 drs_exchange_story(exchange)));
	else if (exchange->status == 401 || exchange->status == 403)
		report(result, step, false, psprintf("%s refuses the credentials (HTTP status %d): %s", host,
											 exchange->status, said ? said : "no reason given"));
	else if (exchange->status >= 300 && exchange->status < 400)
		report(result, step, false, psprintf("%s redirects elsewhere (HTTP status %d): the URL is not that of the API",
											 host, exchange->status));
	else if (exchange->status != 200)
		report(result, step, false, psprintf("%s answers with HTTP status %d: %s", host, exchange->status,
											 said ? said : "no reason given"));
	else if (said == NULL || strstr(said, expected) == NULL)
		report(result, step, false, psprintf("%s answers, but not as DataRobot does: the URL is not that of the API", host));
	else
		report(result, step, true, psprintf("%s answered in %.0f ms (connected in %.0f ms)", host,
											exchange->total_us / 1000.0, exchange->connect_us / 1000.0));
}

/* What is configured, without a secret. */
static void
report_endpoint(ReturnSetInfo *result, const Endpoint *endpoint)
{
	static const char *const schemes[] = {"bearer token", "token", "user name and token", "no credentials"};

	report(result, "server", true, psprintf("\"%s\" may be used by \"%s\"", endpoint->server_name,
											GetUserNameFromId(GetUserId(), false)));
	report(result, "credentials", true, psprintf("%s%s", schemes[endpoint->options.auth],
												 endpoint->key ? " and datarobot-key" : ""));
}

Datum
drs_check_connection(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring check",
											  ALLOCSET_DEFAULT_SIZES);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;
	Endpoint   *endpoint;

	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(cxt);
	endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 0), NULL);
	endpoint->options.request_timeout = Min(endpoint->options.request_timeout, CHECK_TIMEOUT_MS);
	report_endpoint(result, endpoint);
	if (endpoint->options.prediction_url)
		report_exchange(result, "prediction server", get(endpoint, endpoint->options.prediction_url, "/ping"),
						endpoint->options.prediction_url, "pong");
	else
		report(result, "prediction server", false, "the server has no option \"prediction_url\"");
	if (endpoint->options.api_url)
		report_exchange(result, "public API", get(endpoint, endpoint->options.api_url, "/version/"),
						endpoint->options.api_url, "ersion");
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	return (Datum) 0;
}

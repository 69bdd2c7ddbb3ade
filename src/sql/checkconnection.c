/*
 * checkconnection.c
 *		The function check_connection: tests what a request needs, step by step,
 *		and explains in words what is wrong.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/address.h"
#include "api/deployment.h"
#include "api/drum.h"
#include "base/servermessage.h"
#include "base/url.h"
#include "config/endpoint.h"
#include "http/request.h"
#include "http/route.h"
#include "http/transport.h"
#include "sql/arguments.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_check_connection);

#define PONG "pong"
#define MAX_PING 200			/* bytes of an answer to a ping */

/* A test should not take as long as a request with rows may. */
#define CHECK_TIMEOUT_MS 30000

static void
report_step(ResultSet *result, const char *step, bool ok, const char *detail)
{
	const char *values[] = {step, drs_resultset_bool(ok), detail};

	drs_resultset_put(result, values);
}

/* Send a request and wait for the answer, whatever it is. */
static Exchange *
await_answer(const Endpoint *endpoint, Request *request)
{
	Transport  *transport = drs_transport_open(drs_serveraccess(endpoint));
	Exchange   *exchange;

	request->timeout = Min(request->timeout, CHECK_TIMEOUT_MS);
	exchange = drs_exchange_start(transport, CurrentMemoryContext, request);
	drs_exchange_await(exchange);
	return exchange;
}

/* What is wrong with the answer, or why there is none, in words; NULL when nothing is. */
static char *
find_problem(const Exchange *exchange, const Endpoint *endpoint, const char *host)
{
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len,
										  endpoint->secrets);
	char	   *reason = drs_one_line(exchange->error, strlen(exchange->error), 200);

	switch (exchange->outcome)
	{
		case OUTCOME_REPLY:
			break;
		case OUTCOME_NO_HOST:
			return psprintf("the name of %s cannot be resolved: %s", host, reason);
		case OUTCOME_TLS:
			return psprintf("%s does not present a trusted certificate: %s", host, reason);
		case OUTCOME_NO_CONNECTION:
			return psprintf("%s does not accept connections: %s", host, reason);
		default:
			return psprintf("%s accepts connections but did not answer: %s", host,
							drs_exchange_timings(exchange));
	}
	if (exchange->status == 401 || exchange->status == 403)
		return psprintf("%s refuses the credentials (HTTP status %d): %s", host, exchange->status,
						said ? said : "no reason given");
	if (exchange->status >= 300 && exchange->status < 400)
		return psprintf("%s redirects elsewhere (HTTP status %d): the URL is not that of the API",
						host, exchange->status);
	if (exchange->status >= 500)
		return psprintf("%s reports a server error (HTTP status %d): %s", host, exchange->status,
						said ? said : "no reason given");
	return NULL;
}

/*
 * Is it an answer to a ping, although not in DataRobot's words?  An HTML page
 * comes from some other server.
 */
static bool
is_other_ping(const Exchange *exchange, const char *expected)
{
	return strcmp(expected, PONG) == 0 && exchange->status == 200 &&
		exchange->body.len < MAX_PING &&
		(exchange->body.len == 0 || drs_is_json_type(exchange->content_type) ||
		 drs_is_csv_type(exchange->content_type));
}

/* GET base + path, which an API of DataRobot answers with a text that contains expected. */
static void
report_get(ResultSet *result, const Endpoint *endpoint, const char *step, const char *base,
		   const char *path, const char *expected)
{
	char	   *host = drs_url_host(base);
	Exchange   *exchange = await_answer(endpoint, drs_request_get(endpoint, base, path));
	char	   *problem = find_problem(exchange, endpoint, host);
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len,
										  endpoint->secrets);
	bool		as_expected = exchange->status == 200 && said && strstr(said, expected) != NULL;

	if (problem == NULL && !as_expected && !is_other_ping(exchange, expected))
		problem = psprintf("%s answers, but not as DataRobot does (HTTP status %d): the URL is "
						   "not that of the API", host, exchange->status);
	if (problem == NULL)
		report_step(result, step, true,
					psprintf("%s answered in %.0f ms (connected in %.0f ms)%s%s", host,
							 exchange->total_us / 1000.0, exchange->connect_us / 1000.0,
							 as_expected ? "" : ", but not in DataRobot's words: ",
							 as_expected ? "" : said ? said : "nothing"));
	else
		report_step(result, step, false, problem);
}

/*
 * Are token and key accepted for scoring?  A ping needs neither, so a request
 * without rows is sent: before the server objects to that, it checks the
 * credentials (docs/api.md 1.8).  If the default deployment is missing or a
 * label, the request names an id that no deployment has.
 */
static void
report_credentials(ResultSet *result, const Endpoint *endpoint)
{
	const char *deployment = endpoint->options.server.deployment;
	bool		is_label = deployment && drs_address_has_api(endpoint) &&
		!drs_deployment_is_id(deployment);
	Request    *request = drs_request_predictions(endpoint, deployment && !is_label ? NULL :
												  drs_route_placeholder_model(&endpoint->options));
	char	   *host = drs_url_host(request->url);
	Exchange   *exchange;
	char	   *problem;

	drs_request_drop_header(request, "Content-Encoding");
	request->source = (BodySource) {.bytes = "x\n", .length = strlen("x\n")};
	exchange = await_answer(endpoint, request);
	problem = find_problem(exchange, endpoint, host);
	if (problem == NULL && deployment && !is_label && exchange->status == 404)
		problem = psprintf("%s does not know the deployment %s, or it is not yours", host,
						   deployment);
	report_step(result, "credentials", problem == NULL, problem ? problem :
				psprintf("%s accepts them (HTTP status %d to a request without rows)", host,
						 exchange->status));
}

/*
 * Serverless deployments are on the public API's host, which has no ping but reports
 * its version.  Callers look for "ersion" in that, in case the word begins with a capital.
 */
static bool
is_serverless(const char *url)
{
	size_t		len = strlen(url);
	size_t		suffix = strlen("/api/v2");

	return len > suffix && strcmp(url + len - suffix, "/api/v2") == 0;
}

/* DRUM has no credentials to check: report what it says of its model. */
static void
report_drum(ResultSet *result, const Endpoint *endpoint)
{
	const char *url = endpoint->options.server.prediction_url;
	char	   *host = drs_url_host(url);
	Exchange   *exchange = await_answer(endpoint, drs_request_get(endpoint, url, DRS_DRUM_INFO));
	char	   *problem = find_problem(exchange, endpoint, host);
	char	   *model = problem ? NULL :
		drs_drum_describe(exchange->body.data, exchange->body.len);

	if (problem == NULL && (exchange->status != 200 || model == NULL))
		problem = psprintf("%s answers, but not as DRUM does (HTTP status %d)", host,
						   exchange->status);
	report_step(result, "model", problem == NULL,
				problem ? problem : psprintf("%s has %s", host, model));
}

static void
report_prediction_server(ResultSet *result, const Endpoint *endpoint)
{
	const char *url = endpoint->options.server.prediction_url;

	if (url == NULL)
	{
		bool		asked = drs_address_has_api(endpoint);

		report_step(result, "prediction server", asked, asked ?
					"each deployment names its own" :
					"the server has no option \"prediction_url\"");
		return;
	}
	if (endpoint->options.server.addressing == ADDRESSING_DRUM)
	{
		report_get(result, endpoint, "prediction server", url, "/ping/", "OK");
		report_drum(result, endpoint);
		return;
	}
	if (is_serverless(url))
		report_get(result, endpoint, "prediction server", url, "/version/", "ersion");
	else
		report_get(result, endpoint, "prediction server", url, "/ping", PONG);
	report_credentials(result, endpoint);
}

Datum
drs_check_connection(PG_FUNCTION_ARGS)
{
	static const char *const schemes[] = {"a bearer token", "a token", "a user name and token",
										  "no credentials"};
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring check",
											  ALLOCSET_DEFAULT_SIZES);
	ResultSet  *result = drs_resultset_open(fcinfo);
	MemoryContext old;
	Endpoint   *endpoint;
	const Options *options;

	old = MemoryContextSwitchTo(cxt);
	endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 0), NULL, OPTION_CALL);
	options = &endpoint->options;
	report_step(result, "server", true,
				psprintf("\"%s\" may be used by \"%s\" with %s%s", endpoint->server_name,
						 GetUserNameFromId(endpoint->user, false), schemes[options->server.auth],
						 endpoint->key ? " and a datarobot-key" : ""));
	report_prediction_server(result, endpoint);
	if (options->server.api_url)
		report_get(result, endpoint, "public API", options->server.api_url, "/version/", "ersion");
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	return (Datum) 0;
}

/*
 * request.c
 *		Builds requests: URLs and headers (docs/api.md 1.2, 1.3).
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "http/request.h"
#include "http/route.h"

/* The server's limit for method, target and version together (docs/api.md 1.9). */
#define MAX_REQUEST_LINE 8192

#define USER_AGENT "datarobot_scoring/0.1.0 PostgreSQL/" PG_MAJORVERSION

static void check_request_line(const Request *request, const UrlQuery *query);
static DataFormat answer_format(const Options *options);
static Request *new_request(const Endpoint *endpoint, const char *method, char *url,
							bool public_api);
static void add_credentials(Request *request, const Endpoint *endpoint);
static void add_header(Request *request, const char *name, char *value, bool secret);
static char *authorization(const Endpoint *endpoint);

static char *
content_type(DataFormat body)
{
	return body == FORMAT_JSON ? "application/json; charset=UTF-8" : "text/csv; charset=UTF-8";
}

/* A POST to the server's route; sets what is the same for every kind of body. */
static Request *
post_request(const Endpoint *endpoint, const Route *route, const UrlQuery *query)
{
	char	   *url = psprintf("%s%s%s", endpoint->options.server.prediction_url, route->path,
							   query->text);
	Request    *request = new_request(endpoint, "POST", url, false);

	request->deployment = route->model;
	check_request_line(request, query);
	return request;
}

Request *
drs_request_predictions(const Endpoint *endpoint, const char *deployment)
{
	const Options *options = &endpoint->options;
	Route		route;
	UrlQuery	query;
	Request    *request;

	drs_parameters_check(options);
	route = drs_route_scoring(endpoint, deployment);
	query = drs_parameters_query(options, route.by_old_name);
	request = post_request(endpoint, &route, &query);
	request->body = options->transfer.request_format == FORMAT_JSON ? FORMAT_JSON : FORMAT_CSV;
	request->answer = answer_format(options);

	add_header(request, "Content-Type", content_type(request->body), false);
	if (options->transfer.compression == COMPRESSION_GZIP)
		add_header(request, "Content-Encoding", "gzip", false);
	if (options->transfer.skip_drift_tracking)
		add_header(request, "X-DataRobot-Skip-Drift-Tracking", "1", false);
	add_header(request, "Accept", request->answer == FORMAT_JSON ? "application/json" : "text/csv",
			   false);
	return request;
}

Request *
drs_request_as_csv(const Request *request, bool parameters)
{
	Request    *copy = palloc(sizeof(Request));

	*copy = *request;
	copy->answer = FORMAT_CSV;
	if (!parameters)
		copy->url = pnstrdup(request->url, strcspn(request->url, "?"));
	drs_request_drop_header(copy, "Accept");
	drs_request_drop_header(copy, "X-DataRobot-Skip-Drift-Tracking");
	add_header(copy, "Accept", "text/csv", false);
	add_header(copy, "X-DataRobot-Skip-Drift-Tracking", "1", false);
	return copy;
}

Request *
drs_request_unstructured(const Endpoint *endpoint, const char *deployment,
						 const char *content_type)
{
	Route		route = drs_route_unstructured(endpoint, deployment);
	UrlQuery	query = drs_parameters_query(&endpoint->options, false);
	Request    *request;

	if (query.longest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" has no meaning for an unstructured model", query.longest),
				 errdetail("Such models take no parameters.")));
	request = post_request(endpoint, &route, &query);
	request->opaque = true;
	add_header(request, "Content-Type", pstrdup(content_type), false);
	if (endpoint->options.transfer.compression == COMPRESSION_GZIP)
		add_header(request, "Content-Encoding", "gzip", false);
	if (endpoint->options.transfer.skip_drift_tracking)
		add_header(request, "X-DataRobot-Skip-Drift-Tracking", "1", false);
	return request;
}

/*
 * JSON if only JSON contains what is asked for: the option "details", texts explained
 * by their n-grams, which have no columns, or which row a forecast is for.  Otherwise
 * CSV, which names classes.
 */
static DataFormat
answer_format(const Options *options)
{
	if (options->transfer.format != FORMAT_AUTO)
		return (DataFormat) options->transfer.format;
	if (options->server.addressing == ADDRESSING_DRUM)
		return FORMAT_JSON;		/* it has no other */
	if (options->call.details || options->parameters.max_ngram_explanations ||
		drs_options_name_series(options))
		return FORMAT_JSON;
	return FORMAT_CSV;
}

Request *
drs_request_get(const Endpoint *endpoint, const char *base, const char *path)
{
	return new_request(endpoint, "GET", psprintf("%s%s", base, path), false);
}

Request *
drs_request_api(const Endpoint *endpoint, const char *method, const char *url,
				const char *content_type, const char *accept)
{
	Request    *request = new_request(endpoint, method, pstrdup(url), true);

	request->accepts = (StatusSet) {200, 299};
	if (content_type)
		add_header(request, "Content-Type", pstrdup(content_type), false);
	add_header(request, "Accept", pstrdup(accept), false);
	return request;
}

/*
 * A request without a body, with limits from the options.  200 is the only good
 * answer, and it may be sent again.
 */
static Request *
new_request(const Endpoint *endpoint, const char *method, char *url, bool public_api)
{
	const TransferOptions *transfer = &endpoint->options.transfer;
	Request    *request = palloc0(sizeof(Request));

	request->method = method;
	request->url = url;
	request->public_api = public_api;
	request->accepts = (StatusSet) {200, 200};
	request->max_reply = transfer->max_reply_size;
	request->timeout = transfer->request_timeout;
	request->repeatable = REPEATABLE;
	add_credentials(request, endpoint);
	add_header(request, "User-Agent", USER_AGENT, false);
	return request;
}

/* Makes a new list: copies of the request may share the old one. */
void
drs_request_drop_header(Request *request, const char *name)
{
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, request->headers)
	{
		Header	   *header = lfirst(lc);

		if (strcmp(header->name, name) != 0)
			others = lappend(others, header);
	}
	request->headers = others;
}

void
drs_request_refresh_token(Request *request, const Endpoint *endpoint)
{
	MemoryContext old;
	List	   *others = NIL;
	ListCell   *lc;

	if (request->token_number == endpoint->token_number)
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(request));
	foreach(lc, request->headers)
	{
		Header	   *header = lfirst(lc);

		if (!header->secret)
			others = lappend(others, header);
	}
	request->headers = NIL;
	add_credentials(request, endpoint);
	request->headers = list_concat(request->headers, others);
	MemoryContextSwitchTo(old);
}

char *
drs_request_show_headers(const Request *request)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, request->headers)
	{
		const Header *header = lfirst(lc);
		const char *scheme_end = header->secret ? strchr(header->value, ' ') : NULL;

		if (text.len > 0)
			appendStringInfoChar(&text, '\n');
		appendStringInfo(&text, "%s: ", header->name);
		if (scheme_end)			/* "Bearer " is no secret */
			appendBinaryStringInfo(&text, header->value, scheme_end + 1 - header->value);
		appendStringInfoString(&text, header->secret ? "********" : header->value);
	}
	return text.data;
}

static void
check_request_line(const Request *request, const UrlQuery *query)
{
	const char *host = strstr(request->url, "://") + 3;
	const char *target = host + strcspn(host, "/");
	size_t		length = strlen(request->method) + strlen(target) + strlen("  HTTP/1.1");
	bool		by_option = query->longest_len > strlen(request->deployment);

	if (length > MAX_REQUEST_LINE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the request line would be longer than DataRobot accepts"),
				 by_option ?
				 errdetail("It would have %zu bytes of at most %d; the option \"%s\" takes %zu"
						   " of them.",
						   length, MAX_REQUEST_LINE, query->longest, query->longest_len) :
				 errdetail("It would have %zu bytes of at most %d; the deployment id has %zu"
						   " of them.",
						   length, MAX_REQUEST_LINE, strlen(request->deployment))));
}

static void
add_header(Request *request, const char *name, char *value, bool secret)
{
	Header	   *header = palloc(sizeof(Header));

	header->name = name;
	header->value = value;
	header->secret = secret;
	request->headers = lappend(request->headers, header);
}

/* Add the headers that identify us. */
static void
add_credentials(Request *request, const Endpoint *endpoint)
{
	request->token_number = endpoint->token_number;
	if (endpoint->options.server.auth != AUTH_NONE)
		add_header(request, "Authorization", authorization(endpoint), true);
	if (endpoint->key && !request->public_api)
		add_header(request, "datarobot-key", endpoint->key, true);
}

/* Bearer is recommended, the other two are deprecated but accepted (docs/api.md 1.2). */
static char *
authorization(const Endpoint *endpoint)
{
	static const char *const schemes[] = {"Bearer", "Token", "Basic"};

	return psprintf("%s %s", schemes[endpoint->options.server.auth], endpoint->credentials);
}

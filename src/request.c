/*
 * request.c
 *		Builds URL and headers by sections 1.1 to 1.3 of the API reference.
 *		PostgreSQL licence.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "request.h"
#include "url.h"

/* The server's limit for method, target and version together (reference 1.9). */
#define MAX_REQUEST_LINE 8192

#define USER_AGENT "datarobot_scoring/0.1.0 PostgreSQL/" PG_MAJORVERSION

static const char *choose_deployment(const Endpoint *endpoint, const char *deployment);
static void check_request_line(const Request *request);
static void add_header(Request *request, const char *name, char *value, bool secret);
static char *authorization(const Endpoint *endpoint);

Request *
drs_request_predictions(const Endpoint *endpoint, const char *deployment)
{
	const Options *options = &endpoint->options;
	Request    *request = palloc0(sizeof(Request));

	if (options->prediction_url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" has no option \"prediction_url\"", endpoint->server_name),
				 errhint("Use ALTER SERVER ... OPTIONS (ADD prediction_url 'https://.../predApi/v1.0').")));
	request->method = "POST";
	request->deployment = pstrdup(choose_deployment(endpoint, deployment));
	request->url = psprintf("%s/deployments/%s/predictions%s", options->prediction_url, request->deployment,
							options->verify_order ? "?passthroughColumns=" DRS_ORDER_COLUMN : "");
	check_request_line(request);

	drs_request_renew_token(request, endpoint);
	add_header(request, "Content-Type", "text/csv; charset=UTF-8", false);
	if (options->compression == COMPRESSION_GZIP)
		add_header(request, "Content-Encoding", "gzip", false);
	add_header(request, "Accept", "text/csv", false);
	return request;
}

Request *
drs_request_get(const Endpoint *endpoint, const char *base, const char *path)
{
	Request    *request = palloc0(sizeof(Request));

	request->method = "GET";
	request->url = psprintf("%s%s", base, path);
	drs_request_renew_token(request, endpoint);
	return request;
}

Request *
drs_request_api(const Endpoint *endpoint, const char *method, const char *url)
{
	Request    *request = palloc0(sizeof(Request));

	request->method = method;
	request->url = pstrdup(url);
	request->public_api = true;
	drs_request_renew_token(request, endpoint);
	if (strcmp(method, "POST") == 0)
		add_header(request, "Content-Type", "application/json; charset=UTF-8", false);
	add_header(request, "Accept", "application/json", false);
	return request;
}

void
drs_request_renew_token(Request *request, const Endpoint *endpoint)
{
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, request->headers)
	{
		Header	   *header = lfirst(lc);

		if (!header->secret && strcmp(header->name, "User-Agent") != 0)
			others = lappend(others, header);
	}
	request->headers = NIL;
	if (endpoint->options.auth != AUTH_NONE)
		add_header(request, "Authorization", authorization(endpoint), true);
	if (endpoint->key && !request->public_api)
		add_header(request, "datarobot-key", endpoint->key, true);
	add_header(request, "User-Agent", USER_AGENT, false);
	request->headers = list_concat(request->headers, others);
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

/* The deployment's id, checked: it becomes part of a path, and nothing in it may change that path's meaning. */
static const char *
choose_deployment(const Endpoint *endpoint, const char *deployment)
{
	bool		fits;

	if (deployment == NULL)
		deployment = endpoint->options.deployment;
	if (deployment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no deployment is named"),
				 errhint("Pass a deployment id, or set the option \"deployment\" of server \"%s\".",
						 endpoint->server_name)));
	fits = deployment[0] != '\0' && strcmp(deployment, ".") != 0 && strcmp(deployment, "..") != 0;
	for (const char *c = deployment; *c; c++)
		fits = fits && ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
						strchr("-._~", *c) != NULL);
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid deployment id: \"%s\"", deployment),
				 errdetail("It becomes part of a URL and may hold letters, digits and -._~ only."),
				 errhint("DataRobot shows the id, 24 hexadecimal digits, on the deployment's Predictions tab.")));
	return deployment;
}

static void
check_request_line(const Request *request)
{
	const char *host = strstr(request->url, "://") + 3;
	const char *target = host + strcspn(host, "/");
	size_t		length = strlen(request->method) + strlen(target) + strlen("  HTTP/1.1");

	if (length > MAX_REQUEST_LINE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the request line would be longer than DataRobot accepts"),
				 errdetail("It would have %zu bytes of at most %d; the deployment id has %zu of them.",
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

/* Reference 1.2: Bearer is recommended, the other two are deprecated but accepted. */
static char *
authorization(const Endpoint *endpoint)
{
	static const char *const schemes[] = {"Bearer", "Token", "Basic"};

	return psprintf("%s %s", schemes[endpoint->options.auth], endpoint->credentials);
}

/*
 * client.c
 *		Opens clients of the public API, sends requests one after another, and reads
 *		answers.
 *
 * What drs_api_send() sends may be sent again: such requests read, or they submit
 * outcomes, which are identified by their association IDs.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/client.h"
#include "api/client_internal.h"
#include "api/jsonpath.h"
#include "base/clock.h"
#include "base/compat.h"
#include "base/servermessage.h"
#include "base/url.h"
#include "http/failure.h"

#define CLEAN_UP_MS 3000		/* at most, after an error */
#define MAX_PAGES 1000			/* of a list, of up to 100 items each */

PublicApi *
drs_api_open(Endpoint *endpoint)
{
	MemoryContext cxt;
	MemoryContext old;
	PublicApi  *api;

	if (endpoint->options.server.api_url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" has no option \"api_url\"", endpoint->server_name),
				 errhint("Use ALTER SERVER ... OPTIONS (ADD api_url 'https://.../api/v2').")));
	cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring public API",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	api = palloc0(sizeof(PublicApi));
	api->cxt = cxt;
	api->answer_cxt = AllocSetContextCreate(cxt, "datarobot_scoring public API answer",
											ALLOCSET_DEFAULT_SIZES);
	api->endpoint = endpoint;
	api->transport = drs_transport_open(drs_serveraccess(endpoint));
	MemoryContextSwitchTo(old);
	return api;
}

void
drs_api_close(PublicApi *api)
{
	MemoryContextDelete(api->cxt);
}

const Endpoint *
drs_api_endpoint(const PublicApi *api)
{
	return api->endpoint;
}

MemoryContext
drs_api_context(PublicApi *api)
{
	return api->cxt;
}

void
drs_api_pause(PublicApi *api, double ms)
{
	TimestampTz end = drs_clock() + (int64) (ms * 1000);

	while (drs_clock() < end)
		drs_api_wait(api, end);
}

bool
drs_api_wait_for(PublicApi *api, ApiCall *call, TimestampTz until)
{
	while (!drs_api_poll(call))
	{
		if (drs_clock() >= until)
			return false;
		drs_api_wait(api, Min(drs_api_due(call), until));
	}
	return true;
}

ApiAnswer
drs_api_exchange(PublicApi *api, const ApiRequest *request)
{
	ApiRequest	copy = *request;
	char	   *path = MemoryContextStrdup(api->cxt, request->path);
	ApiCall    *call;

	MemoryContextReset(api->answer_cxt);	/* path may have been part of the last answer */
	copy.path = path;
	call = drs_api_start(api, api->answer_cxt, &copy);
	pfree(path);
	(void) drs_api_wait_for(api, call, DT_NOEND);
	return drs_api_answer(call);
}

ApiAnswer
drs_api_send(PublicApi *api, const char *path, const char *body)
{
	ApiRequest	request = {
		.method = body ? "POST" : "GET",
		.path = path,
		.source = {.bytes = body, .length = body ? strlen(body) : 0},
		.timeout = DRS_API_TIMEOUT
	};

	return drs_api_exchange(api, &request);
}

void
drs_api_clean_up(PublicApi *api, ApiCleanUp clean_up, void *arg)
{
	MemoryContext old = MemoryContextSwitchTo(api->cxt);
	uint32		holdoff = InterruptHoldoffCount;

	HOLD_INTERRUPTS();
	PG_TRY();
	{
		clean_up(drs_clock() + CLEAN_UP_MS * INT64CONST(1000), arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(api->cxt);
		FlushErrorState();
	}
	PG_END_TRY();
	InterruptHoldoffCount = holdoff;
	MemoryContextSwitchTo(old);
}

bool
drs_api_has_status(const ApiAnswer *answer, int status)
{
	return answer->exchange->outcome == OUTCOME_REPLY && answer->exchange->status == status;
}

bool
drs_api_succeeded(const ApiAnswer *answer)
{
	return drs_exchange_is_good(answer->exchange);
}

void
drs_api_raise(const PublicApi *api, const ApiAnswer *answer)
{
	FailureScope scope = {
		.first_row = answer->first_row,
		.last_row = answer->last_row,
		.attempts = answer->retry.attempts,
		.given_up = answer->given_up
	};

	drs_failure_raise(answer->exchange, api->endpoint, answer->request, &scope);
}

static void
tell_origin(void *arg)
{
	const ApiAnswer *answer = arg;

	errcontext("answer to %s %.300s", answer->request->method, answer->request->url);
}

static Jsonb *
read_object(const PublicApi *api, const ByteBuf *body)
{
	char	   *text = palloc(body->len + 1);
	char	   *json;
	Jsonb	   *object = NULL;

	if (body->len > 0)
		memcpy(text, body->data, body->len);
	text[body->len] = '\0';
	if (strlen(text) == body->len)
		drs_clean_json(text);
	json = pg_any_to_server(text, (int) body->len, PG_UTF8);	/* refuses a NUL, too */

	/* check the syntax first, to report what is no JSON in our own words */
	if (pg_parse_json(drs_json_lexer(json, (int) strlen(json), GetDatabaseEncoding()),
					  &nullSemAction) == JSON_SUCCESS)
		object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	if (object == NULL || !JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("server \"%s\" does not answer as DataRobot's public API does",
						api->endpoint->server_name),
				 errdetail("The answer is not a JSON object."),
				 errhint("Check the option \"api_url\".")));
	return object;
}

Jsonb *
drs_api_json(PublicApi *api, const ApiAnswer *answer)
{
	MemoryContext target = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(target, "datarobot_scoring JSON answer",
											  ALLOCSET_DEFAULT_SIZES);
	ErrorContextCallback context = {error_context_stack, tell_origin,
									unconstify(ApiAnswer *, answer)};
	Jsonb	   *object;
	Jsonb	   *copy;

	error_context_stack = &context;
	MemoryContextSwitchTo(cxt);
	object = read_object(api, &answer->exchange->body);
	MemoryContextSwitchTo(target);
	copy = palloc(VARSIZE(object));
	memcpy(copy, object, VARSIZE(object));
	MemoryContextDelete(cxt);
	error_context_stack = context.previous;
	return copy;
}

pg_noreturn static void
refuse_list(const PublicApi *api, const char *path, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("server \"%s\" does not answer as DataRobot's public API does",
					api->endpoint->server_name),
			 errdetail("The list at %.300s %s.", path, why)));
}

/* Call item for each object of a page.  Returns false when item wants no more of them. */
static bool
read_page(const PublicApi *api, const char *path, JsonbContainer *page, ApiItem item, void *arg)
{
	JsonbContainer *data = drs_jsonpath_container(page, "data");

	if (data == NULL || !JsonContainerIsArray(data))
		refuse_list(api, path, "has no array \"data\"");
	for (uint32 i = 0; i < JsonContainerSize(data); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(data, i);

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
			refuse_list(api, path, "contains an element that is not an object");
		if (!item(element->val.binary.data, arg))
			return false;
	}
	if (JsonContainerSize(data) == 0 && drs_jsonpath_text(page, "next"))
		refuse_list(api, path, "has an empty page before its last one");
	return true;
}

/*
 * The URL of the next page, or its path after api_url.  Servers name the page by a
 * whole URL, by its path or query, or by the path after api_url.
 */
static char *
join_next(const PublicApi *api, const char *path, const char *url, char *next)
{
	const char *host = strstr(api->endpoint->options.server.api_url, "://") + 3;
	const char *base = host + strcspn(host, "/");
	char	   *joined;

	if (next[0] != '?' && (next[0] != '/' || strncmp(next, base, strlen(base)) != 0))
		return next;
	joined = drs_url_join(url, next);
	if (joined == NULL)
		refuse_list(api, path, "has an invalid address for its next page");
	return joined;
}

bool
drs_api_list(PublicApi *api, const char *path, ApiItem item, void *arg, ApiAnswer *refused)
{
	MemoryContext page_cxt = AllocSetContextCreate(api->cxt, "datarobot_scoring public API page",
												   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	char	   *next = unconstify(char *, path);
	bool		good = true;

	for (int pages = 0; next != NULL; pages++)
	{
		MemoryContext old;
		Jsonb	   *page;
		ApiAnswer	answer;

		if (pages == MAX_PAGES)
			refuse_list(api, path, "does not end");
		answer = drs_api_send(api, next, NULL);
		good = drs_api_has_status(&answer, 200);
		if (!good)
		{
			*refused = answer;
			break;
		}
		MemoryContextReset(page_cxt);
		old = MemoryContextSwitchTo(page_cxt);
		page = drs_api_json(api, &answer);
		next = drs_jsonpath_text(&page->root, "next");
		if (next && next[0])
			next = join_next(api, path, answer.request->url, next);
		MemoryContextSwitchTo(old);
		if (!read_page(api, path, &page->root, item, arg))
			break;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(page_cxt);
	return good;
}

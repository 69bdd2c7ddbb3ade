/*
 * definition.c
 *		Makes, changes and lists job definitions.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "base/url.h"
#include "batch/definition.h"
#include "batch/jobspec.h"

#define ROUTE "/batchPredictionJobDefinitions/"

/* ---- requests */

/* The flat form of a request: the fields of the job beside those of the definition. */
static char *
request_body(const DefinitionChange *change)
{
	StringInfoData json;
	JsonbCursor cursor;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (change->name)
		drs_jsonbtext_text(&json, "name", change->name);
	if (change->enabled >= 0)
	{
		drs_jsonbtext_name(&json, "enabled");
		appendStringInfoString(&json, change->enabled ? "true" : "false");
	}
	if (change->schedule)
	{
		drs_jsonbtext_name(&json, "schedule");
		(void) JsonbToCString(&json, &change->schedule->root, 0);
	}
	if (change->spec)
		cursor = drs_jsonb_open(&change->spec->root);
	while (change->spec && drs_jsonb_next(&cursor))
	{
		drs_jsonbtext_name(&json, cursor.name);
		drs_jsonbtext_append(&json, &cursor.value);
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

static ApiAnswer
send(PublicApi *api, const char *method, const char *path, const char *json)
{
	char	   *body = json ? pg_server_to_any(json, (int) strlen(json), PG_UTF8) : NULL;
	ApiRequest	request = {
		.method = method,
		.path = path,
		.repeatable = strcmp(method, "POST") == 0 ? REPEATABLE_REFUSED : REPEATABLE,
		.timeout = DRS_API_TIMEOUT
	};

	if (body)
		request.source = (BodySource) {.bytes = body, .length = (int64) strlen(body)};
	return drs_api_exchange(api, &request);
}

static Jsonb *
read_record(PublicApi *api, const ApiAnswer *answer)
{
	if (!drs_api_succeeded(answer))
		drs_api_raise(api, answer);
	return drs_jobspec_redact(&drs_api_json(api, answer)->root);
}

Jsonb *
drs_definition_create(PublicApi *api, const DefinitionChange *change)
{
	ApiAnswer	answer = send(api, "POST", ROUTE, request_body(change));

	return read_record(api, &answer);
}

/* ---- one definition */

pg_noreturn static void
refuse_unknown(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no job definition \"%s\", or it is not yours", name),
			 errhint("datarobot.batch_definition_list() lists them.")));
}

/* The path of an id, which drs_definition_id() has returned. */
static char *
path_of(const char *id, const char *end)
{
	return psprintf(ROUTE "%s%s", id, end);
}

Jsonb *
drs_definition_get(PublicApi *api, const char *id)
{
	ApiAnswer	answer = send(api, "GET", path_of(id, "/"), NULL);

	if (drs_api_has_status(&answer, 404))
		refuse_unknown(id);
	return read_record(api, &answer);
}

Jsonb *
drs_definition_update(PublicApi *api, const char *id, const DefinitionChange *change)
{
	/* without a slash at its end, as the client has it */
	ApiAnswer	answer = send(api, "PATCH", path_of(id, ""), request_body(change));

	if (drs_api_has_status(&answer, 404))
		refuse_unknown(id);
	return read_record(api, &answer);
}

void
drs_definition_delete(PublicApi *api, const char *id)
{
	ApiAnswer	answer = send(api, "DELETE", path_of(id, "/"), NULL);

	/* one that was sent twice, because an answer was lost, finds nothing the second time */
	if (drs_api_has_status(&answer, 404) && answer.retry.attempts > 1)
		return;
	if (drs_api_has_status(&answer, 404))
		refuse_unknown(id);
	if (drs_api_has_status(&answer, 409))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("job definition %s cannot be deleted while a job of it is queued", id),
				 errhint("datarobot.batch_jobs(definition_id => '%s') lists its jobs.", id)));
	if (!drs_api_succeeded(&answer))
		drs_api_raise(api, &answer);
}

/* ---- several */

void
drs_definition_list(PublicApi *api, const char *search, const char *deployment_id, int64 skip,
					ApiItem item, void *arg)
{
	StringInfoData path;
	ApiAnswer	refused;

	initStringInfo(&path);
	appendStringInfo(&path, ROUTE "?offset=" INT64_FORMAT "&limit=100", skip);
	if (search)
	{
		appendStringInfoString(&path, "&searchName=");
		drs_url_append_value(&path, search);
	}
	if (deployment_id)
	{
		appendStringInfoString(&path, "&deploymentId=");
		drs_url_append_value(&path, deployment_id);
	}
	if (!drs_api_list(api, path.data, item, arg, &refused))
		drs_api_raise(api, &refused);
}

/* A name that is looked for in the list. */
typedef struct DefinitionSearch
{
	const char *name;
	char	   *id;
} DefinitionSearch;

static bool
look_at_record(JsonbContainer *record, void *arg)
{
	DefinitionSearch *search = arg;
	char	   *name = drs_jsonpath_text(record, "name");

	if (name && strcmp(name, search->name) == 0)
		search->id = drs_jsonpath_text(record, "id");
	return search->id == NULL;
}

char *
drs_definition_id(PublicApi *api, const char *name)
{
	DefinitionSearch search = {.name = name};

	if (drs_deployment_is_id(name))
		return pstrdup(name);
	drs_definition_list(api, name, NULL, 0, look_at_record, &search);
	if (search.id == NULL || !drs_deployment_is_id(search.id))
		refuse_unknown(name);
	return search.id;
}

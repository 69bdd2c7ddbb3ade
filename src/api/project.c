/*
 * project.c
 *		Reads the partition of a project, and asks for a preview of one.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "api/deployment.h"
#include "api/project.h"
#include "api/task.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"

const char *
drs_project_id(const char *name)
{
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the project must not be NULL")));
	if (!drs_deployment_is_id(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not the id of a project", name),
				 errhint("An id has 24 hexadecimal digits.")));
	return name;
}

static void
refuse_unknown(const char *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no project %s, or it is not yours", id)));
}

Jsonb *
drs_project_record(PublicApi *api, const char *id)
{
	ApiAnswer	answer = drs_api_send(api, psprintf("/projects/%s/", id), NULL);

	if (drs_api_has_status(&answer, 404))
		refuse_unknown(id);
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	return drs_api_json(api, &answer);
}

Jsonb *
drs_project_dates(PublicApi *api, const char *id)
{
	const char *path = psprintf("/projects/%s/datetimePartitioning/", id);
	ApiAnswer	answer = drs_api_send(api, path, NULL);

	if (drs_api_has_status(&answer, 404))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("project %s has no partition by dates, or it is not yours", id),
				 errdetail("A project has one after its target was set with one.")));
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	return drs_api_json(api, &answer);
}

/* The members of the specification, and the target unless it is NULL, as UTF-8. */
static char *
preview_body(Jsonb *spec, const char *target)
{
	JsonbCursor cursor = drs_jsonb_open(&spec->root);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while (drs_jsonb_next(&cursor))
	{
		drs_jsonbtext_name(&json, cursor.name);
		drs_jsonbtext_append(&json, &cursor.value);
	}
	if (target)
		drs_jsonbtext_text(&json, "target", target);
	appendStringInfoChar(&json, '}');
	return pg_server_to_any(json.data, json.len, PG_UTF8);
}

/* Wait for the preview that an answer has announced. */
static Jsonb *
await_preview(PublicApi *api, const ApiAnswer *announced)
{
	char	   *made = drs_api_await_made(api, announced,
									  "DataRobot did not say where the preview is");
	ApiAnswer	answer = drs_api_send(api, made, NULL);

	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	return drs_api_json(api, &answer);
}

Jsonb *
drs_project_preview(PublicApi *api, const char *id, Jsonb *spec, const char *target)
{
	const char *route = target ? "optimizedDatetimePartitionings" : "datetimePartitioning";
	char	   *body = preview_body(spec, target);
	ApiAnswer	answer = drs_api_send(api, psprintf("/projects/%s/%s/", id, route), body);

	if (drs_api_has_status(&answer, 404))
		refuse_unknown(id);
	if (drs_api_has_status(&answer, 202))
		return await_preview(api, &answer);
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	return drs_api_json(api, &answer);
}

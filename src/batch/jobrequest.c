/*
 * jobrequest.c
 *		Asks the service for jobs, makes them, and has them aborted (docs/api.md 2.10).
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/jsonbtext.h"
#include "batch/job.h"

ApiRequest
drs_job_question(const char *id)
{
	return (ApiRequest) {.method = "GET", .path = drs_job_path(id, ""),
						 .timeout = DRS_API_TIMEOUT};
}

/*
 * A POST that makes a job.  It is sent again only if the server cannot have made one: two
 * jobs would both be paid for.
 */
static ApiRequest
creation(const char *path, const char *json)
{
	char	   *body = pg_server_to_any(json, (int) strlen(json), PG_UTF8);

	return (ApiRequest) {
		.method = "POST",
		.path = path,
		.source = {.bytes = body, .length = (int64) strlen(body)},
		.repeatable = REPEATABLE_REFUSED,
		.timeout = DRS_API_TIMEOUT
	};
}

static Job *
make_job(PublicApi *api, const ApiRequest *request)
{
	ApiAnswer	answer = drs_api_exchange(api, request);

	if (!drs_api_succeeded(&answer))
		drs_api_raise(api, &answer);
	return drs_job_parse(api, &answer, NULL);
}

ApiRequest
drs_job_creation(const Jsonb *spec)
{
	return creation("/batchPredictions/",
					JsonbToCString(NULL, unconstify(JsonbContainer *, &spec->root), 0));
}

Job *
drs_job_create(PublicApi *api, const Jsonb *spec)
{
	ApiRequest	request = drs_job_creation(spec);

	return make_job(api, &request);
}

Job *
drs_job_create_from(PublicApi *api, const char *path, const char *field, const char *id)
{
	StringInfoData json;
	ApiRequest	request;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, field, id);
	appendStringInfoChar(&json, '}');
	request = creation(path, json.data);
	return make_job(api, &request);
}

Job *
drs_job_find(PublicApi *api, const char *id)
{
	ApiRequest	question = drs_job_question(id);
	ApiAnswer	answer = drs_api_exchange(api, &question);

	if (drs_api_has_status(&answer, 404))
		return NULL;
	if (!drs_api_succeeded(&answer))
		drs_api_raise(api, &answer);
	return drs_job_parse(api, &answer, id);
}

void
drs_job_raise_unknown(const char *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no batch job %s, or it is not yours", id),
			 errhint("datarobot.batch_jobs() lists them.")));
}

Job *
drs_job_get(PublicApi *api, const char *id)
{
	Job		   *job = drs_job_find(api, id);

	if (job == NULL)
		drs_job_raise_unknown(id);
	return job;
}

static ApiRequest
abort_request(const char *id)
{
	return (ApiRequest) {.method = "DELETE", .path = drs_job_path(id, ""),
						 .timeout = DRS_API_TIMEOUT};
}

/* A job that was never queued is no job to DELETE (docs/api.md 2.16), but has a state. */
static ApiRequest
state_request(const char *id)
{
	static const char body[] = "{\"status\": \"ABORTED\"}";

	return (ApiRequest) {.method = "PATCH", .path = drs_job_path(id, ""),
						 .source = {.bytes = body, .length = sizeof(body) - 1},
						 .timeout = DRS_API_TIMEOUT};
}

bool
drs_job_abort(PublicApi *api, const char *id)
{
	ApiRequest	request = abort_request(id);
	ApiAnswer	answer = drs_api_exchange(api, &request);

	if (drs_api_has_status(&answer, 404))
	{
		request = state_request(id);
		answer = drs_api_exchange(api, &request);
	}
	if (!drs_api_succeeded(&answer) && !drs_api_has_status(&answer, 404) &&
		!drs_api_has_status(&answer, 409))
		drs_api_raise(api, &answer);
	return drs_api_succeeded(&answer);
}

/* Send a request to abort a job, and wait for its answer until then; its status, 0: none. */
static int
ask_within(PublicApi *api, ApiRequest request, TimestampTz until)
{
	ApiCall    *call = drs_api_start(api, drs_api_context(api), &request);
	int			status = drs_api_wait_for(api, call, until) ?
		drs_api_answer(call).exchange->status : 0;

	drs_api_end(call);
	return status;
}

/* A job that is to be aborted in a limited time. */
typedef struct JobAbort
{
	PublicApi  *api;
	const char *id;
	bool		aborted;
} JobAbort;

static void
abort_until(TimestampTz until, void *arg)
{
	JobAbort   *this = arg;
	int			status = ask_within(this->api, abort_request(this->id), until);

	if (status == 404)
		status = ask_within(this->api, state_request(this->id), until);
	this->aborted = status >= 200 && status < 300;
}

bool
drs_job_try_abort(PublicApi *api, const char *id)
{
	JobAbort	this = {api, id, false};

	drs_api_clean_up(api, abort_until, &this);
	return this.aborted;
}

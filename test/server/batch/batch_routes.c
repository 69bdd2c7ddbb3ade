#include "batch/batch_routes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/pages.h"
#include "base/service_clock.h"
#include "batch/batch_call.h"
#include "batch/batch_create.h"
#include "batch/batch_definitions.h"
#include "batch/batch_download.h"
#include "batch/batch_job.h"
#include "batch/batch_list.h"
#include "batch/batch_queue.h"
#include "batch/batch_report.h"
#include "batch/batch_settings.h"
#include "batch/batch_upload.h"
#include "faults/spoil.h"
#include "http/auth.h"
#include "http/http_request.h"
#include "http/router.h"

enum { BODY_KEPT = 4 * 1024 * 1024 };

static const char by_api[] = "API";

/* ---- creation */

/* Of a request's body; NULL: an error is in the reply. */
static json_t *
read_body(struct request *r)
{
	json_error_t error;
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, &error);

	if (json_is_object(json))
		return json;
	reply_error(&r->reply, 400, "the body is no JSON object%s%s", json ? "" : ": ",
				json ? "" : error.text);
	json_decref(json);
	return NULL;
}

static void
refuse(struct request *r, json_t *errors)
{
	reply_json_value(&r->reply, 422, json_pack("{s:s, s:O}", "message", "Invalid field data",
											   "errors", errors));
}

static void
answer_new(struct request *r, struct batch_job *job)
{
	batch_lock();
	batch_report_answer(job, r, 202);
	batch_job_drop(job);
	batch_unlock();
}

static void
create_from(struct request *r, const json_t *spec)
{
	struct batch_times times = {.now = service_now()};
	json_t	   *errors = json_object();
	struct batch_job *job = batch_create(spec, &times, by_api, "", errors);

	if (job)
		answer_new(r, job);
	else
		refuse(r, errors);
	json_decref(errors);
}

static void
create(struct request *r)
{
	json_t	   *spec = read_body(r);

	if (spec)
		create_from(r, spec);
	json_decref(spec);
}

/* The only member of the body, an id. NULL: an error is in the reply; the JSON owns the text. */
static const char *
read_id(struct request *r, const json_t *body, const char *name)
{
	const struct batch_field table[] = {{name, FIELD_ID, true, 0, 0, NULL}, {0}};
	json_t	   *errors = json_object();

	batch_fields_check(body, table, NULL, "", errors);
	if (json_object_size(errors) > 0)
		refuse(r, errors);
	json_decref(errors);
	return r->reply.ready ? NULL : batch_text(body, name);
}

static void
create_from_existing(struct request *r)
{
	json_t	   *body = read_body(r);
	const char *id = body ? read_id(r, body, "predictionJobId") : NULL;
	const struct batch_job *old;
	json_t	   *spec = NULL;

	if (id)
	{
		batch_lock();
		old = batch_queue_find(id, strlen(id));
		spec = old ? json_deep_copy(old->spec.json) : NULL;
		batch_unlock();
		if (spec)
			create_from(r, spec);
		else
			reply_error(&r->reply, 404, "Not found");
	}
	json_decref(spec);
	json_decref(body);
}

static void
create_from_definition(struct request *r)
{
	json_t	   *body = read_body(r);
	const char *id = body ? read_id(r, body, "jobDefinitionId") : NULL;
	struct batch_job *job = id ? batch_definition_run(r, id) : NULL;

	if (job)
		answer_new(r, job);
	json_decref(body);
}

/* ---- one job */

/* What was never queued is not known to the queue, and what is over cannot be aborted. */
static void
delete(struct request *r, struct batch_job *job)
{
	if (batch_job_is_over(job))
		reply_error(&r->reply, 409, "the job cannot be aborted: it is %s",
					batch_state_name(job->state));
	else if (!job->queued && job->state == BATCH_INITIALIZING && job->n_parts == 0)
		reply_error(&r->reply, 404, "the job was not submitted to the queue");
	else
	{
		batch_queue_end(job, BATCH_ABORTED, "Job aborted by the user");
		job->removed = true;
		batch_count(BATCH_DELETED, 1);
		reply_set(&r->reply, 202, NULL, "");
	}
}

static void
change_state(struct request *r, struct batch_job *job, const char *state)
{
	if (!state || strcmp(state, batch_state_name(job->state)) == 0)
		return;
	if (batch_job_is_over(job) || strcmp(state, "ABORTED") != 0)
		reply_error(&r->reply, 409, "the job cannot become %s: it is %s", state,
					batch_state_name(job->state));
	else
		batch_queue_end(job, BATCH_ABORTED, "Job aborted by the user");
}

static void
patch(struct request *r, struct batch_job *job)
{
	static const struct batch_field table[] = {
		{"hidden", FIELD_BOOL, false, 0, 0, NULL},
		{"status", FIELD_CHOICE, false, 0, 0, "INITIALIZING RUNNING COMPLETED ABORTED FAILED"},
		{0}
	};
	json_t	   *body = read_body(r);
	json_t	   *errors = json_object();

	if (body)
	{
		batch_fields_check(body, table, NULL, "", errors);
		if (json_object_size(errors) > 0)
			refuse(r, errors);
		else
			change_state(r, job, batch_text(body, "status"));
	}
	if (!r->reply.ready)
	{
		if (batch_member(body, "hidden"))
			job->hidden = batch_truth(body, "hidden", false) ? service_now() : 0;
		batch_report_answer(job, r, 200);
	}
	json_decref(errors);
	json_decref(body);
}

static bool
is_gone(const struct batch_job *job)
{
	return !job || (job->removed && batch_setting(SETTING_DELETED_GONE));
}

static void
answer_job(struct request *r)
{
	struct batch_job *job;

	batch_lock();
	job = batch_queue_find(r->call->id, strlen(r->call->id));
	if (is_gone(job))
		reply_error(&r->reply, 404, "Not found");
	else if (strcmp(r->method, "DELETE") == 0)
		delete(r, job);
	else if (strcmp(r->method, "PATCH") == 0)
		patch(r, job);
	else
		batch_report_answer(job, r, 200);
	batch_unlock();
}

/* ---- routes */

static const char *
methods_of(enum batch_verb verb)
{
	switch (verb)
	{
		case VERB_JOBS:
		case VERB_DEFINITIONS:
			return "GET, POST";
		case VERB_JOB:
		case VERB_DEFINITION:
			return "GET, PATCH, DELETE";
		case VERB_UPLOAD:
		case VERB_PART:
			return "PUT";
		case VERB_FROM_EXISTING:
		case VERB_FROM_DEFINITION:
		case VERB_FINALIZE:
			return "POST";
		case VERB_DOWNLOAD:
			return "GET";
		case VERB_UNKNOWN:
			break;
	}
	return "";
}

static bool
is_upload(const struct request *r)
{
	return r->call->verb == VERB_UPLOAD || r->call->verb == VERB_PART;
}

const char *
batch_routes_read(struct request *r)
{
	r->call = must_alloc(sizeof *r->call);
	*r->call = (struct batch_call) {0};
	batch_call_read(r->call, r->rest);
	return batch_call_route(r->call, r->method);
}

void
batch_routes_begin(struct request *r)
{
	const char *methods = methods_of(r->call->verb);

	if (!auth_check(r))
		return;
	if (r->call->verb == VERB_UNKNOWN)
		router_not_found(r);
	else if (!strstr(methods, r->method))
		router_is_method(r, methods);
	else if (is_upload(r))
		batch_upload_begin(r);
}

enum MHD_Result
batch_routes_body(struct request *r, const char *bytes, size_t len)
{
	if (is_upload(r))
		return batch_upload_take(r, bytes, len);
	if (r->received <= BODY_KEPT)
		buffer_append(&r->body, bytes, len);
	else if (!r->reply.ready)
		reply_error(&r->reply, 413, "Request entity too large");
	return MHD_YES;
}

static void
answer(struct request *r)
{
	bool		posted = strcmp(r->method, "POST") == 0;

	switch (r->call->verb)
	{
		case VERB_JOBS:
			(posted ? create : batch_list_answer) (r);
			break;
		case VERB_FROM_EXISTING:
			create_from_existing(r);
			break;
		case VERB_FROM_DEFINITION:
			create_from_definition(r);
			break;
		case VERB_JOB:
			answer_job(r);
			break;
		case VERB_FINALIZE:
			batch_upload_finalize(r);
			break;
		case VERB_DOWNLOAD:
			batch_download_answer(r);
			break;
		case VERB_DEFINITIONS:
			batch_definitions_answer(r);
			break;
		case VERB_DEFINITION:
			batch_definition_answer(r);
			break;
		case VERB_UPLOAD:
		case VERB_PART:
		case VERB_UNKNOWN:
			break;
	}
}

bool
batch_routes_answer(struct request *r)
{
	if (r->reply.ready || spoil_replaces(r->fault.main))
		return true;
	if (is_upload(r))
		return batch_upload_answer(r);
	answer(r);
	return true;
}

void
batch_routes_end(struct request *r)
{
	if (r->call->job && is_upload(r))
		batch_upload_end(r);
	else if (r->call->job)
		batch_download_end(r);
}

#define _GNU_SOURCE
#include "batch/batch_definitions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/pages.h"
#include "base/buffer.h"
#include "base/service_clock.h"
#include "batch/batch_call.h"
#include "batch/batch_create.h"
#include "batch/batch_definition.h"
#include "batch/batch_queue.h"
#include "batch/batch_report.h"
#include "batch/batch_settings.h"
#include "http/http_request.h"

static const int64_t DAY = (int64_t) 86400 * 1000000;
static const char by_hand[] = "Job definition";
static const char by_schedule[] = "Schedule";

/* guards what follows; taken before the lock of batch_job.h */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct batch_definition *first;
static unsigned made;
static int64_t today;			/* a number of days */
static long runs_today;

static struct batch_definition *
find(const char *id)
{
	for (struct batch_definition *d = first; d; d = d->next)
		if (strcasecmp(d->id, id) == 0)
			return d;
	return NULL;
}

/* ---- runs */

/* What a job tells about the definition that it comes from. */
static void
describe(struct batch_job *job, const struct batch_definition *d)
{
	job->definition_shown = json_pack("{s:s, s:s, s:o}", "id", d->id, "name", d->name,
									  "createdBy", batch_report_user());
}

static void
note_start(struct batch_definition *d, const struct batch_job *job)
{
	snprintf(d->last_job, sizeof d->last_job, "%s", job->id);
	d->last_started = job->created;
	d->last_state = batch_state_name(job->state);
}

static void
note_failure(struct batch_definition *d)
{
	d->last_failed = service_now();
	if (++d->failures < batch_setting(SETTING_FAILURES))
		return;
	d->enabled = false;
	d->next_scheduled = 0;
}

/* Looks whether the last run has come to its end. */
static void
settle(struct batch_definition *d)
{
	const struct batch_job *job;

	if (!d->last_job[0])
		return;
	batch_lock();
	job = batch_queue_find(d->last_job, strlen(d->last_job));
	if (job)
		d->last_state = batch_state_name(job->state);
	if (!job || batch_job_is_over(job))
	{
		d->last_job[0] = '\0';
		if (job && job->state == BATCH_COMPLETED)
		{
			d->last_successful = job->ended;
			d->failures = 0;
		}
		else
			note_failure(d);
	}
	batch_unlock();
}

/* NULL, or why the scheduler does not run another job. */
static const char *
find_obstacle(const struct batch_definition *d)
{
	int64_t		day = service_now() / DAY;

	if (d->last_job[0])
		return "Job aborted: the previous run of the definition is still active";
	if (day != today)
	{
		today = day;
		runs_today = 0;
	}
	if (runs_today >= batch_setting(SETTING_RUNS_PER_DAY))
		return "Job aborted: there have been too many runs today";
	runs_today++;
	return NULL;
}

/* Runs that were missed are not made up for. */
static void
run_due(struct batch_definition *d)
{
	int64_t		scheduled = d->next_scheduled;
	const char *obstacle = find_obstacle(d);
	json_t	   *errors = json_object();
	struct batch_times times;
	struct batch_job *job;

	batch_definition_plan(d);
	times = batch_definition_times(d);
	job = obstacle ? batch_create_aborted(d->spec, &times, by_schedule, d->id, obstacle)
		: batch_create(d->spec, &times, by_schedule, d->id, errors);
	d->last_scheduled = scheduled;
	batch_lock();
	if (job)
	{
		describe(job, d);
		if (!obstacle)
			note_start(d, job);
		batch_count(BATCH_RUNS, 1);
		batch_job_drop(job);
	}
	if (!job || obstacle)
		note_failure(d);
	batch_unlock();
	json_decref(errors);
}

void
batch_definitions_tick(void)
{
	pthread_mutex_lock(&lock);
	for (struct batch_definition *d = first; d; d = d->next)
	{
		settle(d);
		if (d->enabled && d->next_scheduled && service_now() >= d->next_scheduled)
			run_due(d);
	}
	pthread_mutex_unlock(&lock);
}

struct batch_job *
batch_definition_run(struct request *r, const char *id)
{
	struct batch_definition *d;
	struct batch_job *job = NULL;
	struct batch_times times;
	json_t	   *errors = json_object();

	pthread_mutex_lock(&lock);
	d = find(id);
	if (d)
	{
		times = batch_definition_times(d);
		job = batch_create(d->spec, &times, by_hand, d->id, errors);
	}
	if (job)
	{
		batch_lock();
		describe(job, d);
		note_start(d, job);
		batch_unlock();
	}
	pthread_mutex_unlock(&lock);
	if (!d)
		reply_error(&r->reply, 404, "Not found");
	else if (!job)
		reply_json_value(&r->reply, 422, json_pack("{s:s, s:O}", "message", "Invalid field data",
												   "errors", errors));
	json_decref(errors);
	return job;
}

/* ---- requests */

/* A body that is an object; NULL: an error is in the reply. */
static json_t *
read_body(struct request *r)
{
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	reply_error(&r->reply, 400, "the body is no JSON object");
	return NULL;
}

static bool
is_taken(const char *name, const struct batch_definition *except)
{
	for (const struct batch_definition *d = first; d; d = d->next)
		if (d != except && strcmp(d->name, name) == 0)
			return true;
	return false;
}

/* Three words, as the service makes them. */
static char *
make_name(void)
{
	static const char *const words[3][4] = {
		{"supportive", "patient", "curious", "gentle"},
		{"paramatta", "amber", "northern", "silver"},
		{"frogmouth", "otter", "heron", "lynx"}
	};
	static unsigned turn;
	struct buffer name = {0};

	do
	{
		unsigned	n = turn++;

		name.len = 0;
		buffer_print(&name, "%s_%s_%s", words[0][n % 4], words[1][n / 4 % 4],
					 words[2][n / 16 % 4]);
		if (n >= 64)
			buffer_print(&name, "_%u", n / 64);
		buffer_byte(&name, '\0');
	}
	while (is_taken(name.data, NULL));
	return name.data;
}

/* Puts what is sent into the definition, which may be new; answers. */
static bool
set(struct request *r, struct batch_definition *d, int status)
{
	json_t	   *body = read_body(r);
	json_t	   *errors = json_object();
	const char *name = batch_text(body, "name");
	bool		ok = false;

	if (name && is_taken(name, d))
		batch_fields_error(errors, "", "name", "there is a definition of this name");
	if (body && batch_definition_set(d, body, errors))
	{
		if (!d->name)
			d->name = make_name();
		ok = true;
		reply_json_value(&r->reply, status, batch_definition_show(d));
	}
	else if (body)
		reply_json_value(&r->reply, 422, json_pack("{s:s, s:O}", "message", "Invalid field data",
												   "errors", errors));
	json_decref(errors);
	json_decref(body);
	return ok;
}

static void
create(struct request *r)
{
	struct batch_definition *d = must_alloc(sizeof *d);
	struct batch_definition **end = &first;

	*d = (struct batch_definition) {.created = service_now()};
	snprintf(d->id, sizeof d->id, "%08x7def%012x", (unsigned) (d->created / 1000000), ++made);
	if (!set(r, d, 202))
	{
		batch_definition_free(d);
		return;
	}
	while (*end)
		end = &(*end)->next;
	*end = d;
}

static void
list(struct request *r)
{
	static const char *const known[] = {"offset", "limit", "searchName", "deploymentId", NULL};
	const char *search = pages_parameter(r, "searchName");
	const char *deployment = pages_parameter(r, "deploymentId");
	json_t	   *found = json_array();

	if (!pages_check_names(r, known))
	{
		json_decref(found);
		return;
	}
	for (const struct batch_definition *d = first; d; d = d->next)
	{
		const char *own = batch_text(d->spec, "deploymentId");

		if ((!search || strstr(d->name, search))
			&& (!deployment || (own && strcasecmp(own, deployment) == 0)))
			json_array_append_new(found, batch_definition_show(d));
	}
	pages_answer_long(r, found, true);
}

void
batch_definitions_answer(struct request *r)
{
	batch_definitions_tick();
	pthread_mutex_lock(&lock);
	if (strcmp(r->method, "POST") == 0)
		create(r);
	else
		list(r);
	pthread_mutex_unlock(&lock);
}

static bool
has_queued_job(const struct batch_definition *d)
{
	bool		found = false;

	batch_lock();
	for (const struct batch_job *job = batch_queue_first(); job; job = job->next)
		found = found || (job->queued && strcmp(job->definition, d->id) == 0);
	batch_unlock();
	return found;
}

static void
delete(struct request *r, struct batch_definition *d)
{
	struct batch_definition **at = &first;

	if (has_queued_job(d))
	{
		reply_error(&r->reply, 409, "a job of this definition is in the queue");
		return;
	}
	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	batch_definition_free(d);
	reply_set(&r->reply, 204, NULL, "");
}

void
batch_definition_answer(struct request *r)
{
	struct batch_definition *d;

	batch_definitions_tick();
	pthread_mutex_lock(&lock);
	d = find(r->call->id);
	if (!d)
		reply_error(&r->reply, 404, "Not found");
	else if (strcmp(r->method, "PATCH") == 0)
		set(r, d, 200);
	else if (strcmp(r->method, "DELETE") == 0)
		delete(r, d);
	else
		reply_json_value(&r->reply, 200, batch_definition_show(d));
	pthread_mutex_unlock(&lock);
}

void
batch_definitions_forget(void)
{
	pthread_mutex_lock(&lock);
	while (first)
	{
		struct batch_definition *next = first->next;

		batch_definition_free(first);
		first = next;
	}
	runs_today = 0;
	pthread_mutex_unlock(&lock);
}

#include "batch/batch_control.h"

#include <string.h>

#include "base/service_clock.h"
#include "base/timestamps.h"
#include "batch/batch_clerk.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_report.h"
#include "batch/batch_settings.h"
#include "http/http_request.h"

json_t *
batch_control_counters(void)
{
	json_t	   *counters;

	batch_lock();
	counters = batch_queue_counters();
	batch_unlock();
	return counters;
}

/* All jobs since the reset, deleted ones as well. */
static json_t *
all_jobs(void)
{
	json_t	   *list = json_array();

	batch_lock();
	for (const struct batch_job *job = batch_queue_first(); job; job = job->next)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:s}", "id", job->id,
							"status", batch_state_name(job->state), "queued", job->queued,
							"uploading", job->uploader != NULL,
							"deleted", job->removed, "scoredRows", (json_int_t) job->scored,
							"failedRows", (json_int_t) job->failed, "intakeBytes",
							(json_int_t) job->intake_read, "outputBytes",
							(json_int_t) job->result.size, "definition", job->definition));
	batch_unlock();
	return list;
}

/* {"advance": seconds} or {"set": time}. NULL, or what is wrong. */
static const char *
set_clock(const json_t *body)
{
	const json_t *advance = json_object_get(body, "advance");
	const char *to = json_string_value(json_object_get(body, "set"));
	int64_t		seconds;

	if (json_object_size(body) != 1)
		return "the clock takes either advance or set";
	if (json_is_number(advance))
		service_clock_move((int64_t) (json_number_value(advance) * 1e6));
	else if (to && timestamp_parse_iso(to, &seconds))
		service_clock_move(seconds * 1000000 - service_now());
	else
		return "advance is a number of seconds, set a date and time";
	batch_clerk_tick();
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
restart(const json_t *body)
{
	const char *jobs = json_string_value(json_object_get(body, "jobs"));

	if (!jobs || (strcmp(jobs, "lost") != 0 && strcmp(jobs, "failed") != 0))
		return "jobs is lost or failed";
	batch_restart(strcmp(jobs, "lost") == 0);
	return NULL;
}

/* Does what a POST asks for. NULL, or what is wrong. */
static const char *
obey(const char *path, const json_t *body)
{
	if (!json_is_object(body))
		return "the body must be a JSON object";
	if (strcmp(path, "/clock") == 0)
		return set_clock(body);
	if (strcmp(path, "/restart") == 0)
		return restart(body);
	return batch_settings_change(body) ? "there is no such setting, or it is no whole number"
		: NULL;
}

bool
batch_control_answer(struct request *r, const char *path)
{
	bool		post = strcmp(r->method, "POST") == 0;
	json_t	   *body;
	const char *why;

	if (!post && strcmp(path, "/jobs") == 0)
		reply_json_value(&r->reply, 200, all_jobs());
	else if (!post && strcmp(path, "/settings") == 0)
		reply_json_value(&r->reply, 200, batch_settings_read());
	else if (!post && strcmp(path, "/clock") == 0)
		reply_json_value(&r->reply, 200, json_pack("{s:o}", "now",
												   batch_report_time(service_now())));
	else if (post && (strcmp(path, "/settings") == 0 || strcmp(path, "/clock") == 0
					  || strcmp(path, "/restart") == 0))
	{
		body = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);
		why = obey(path, body);
		json_decref(body);
		if (why)
			reply_error(&r->reply, 400, "%s", why);
		else
			reply_json_value(&r->reply, 200, batch_settings_read());
	}
	return r->reply.ready;
}

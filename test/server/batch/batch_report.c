#include "batch/batch_report.h"

#include <stdlib.h>
#include <string.h>

#include "api/pages.h"
#include "base/command_line.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "batch/batch_call.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_settings.h"
#include "http/http_request.h"

static const char user_id[] = "5e0000000000000000000001";

json_t *
batch_report_time(int64_t microseconds)
{
	char		text[TIMESTAMP_TEXT_MAX];

	if (microseconds == 0)
		return json_null();
	timestamp_print_micro(text, microseconds);
	return json_string(text);
}

json_t *
batch_report_user(void)
{
	return json_pack("{s:s, s:s, s:s}", "userId", user_id, "username", options.user, "fullName",
					 "Stand-in User");
}

/* ---- links */

/* The address of a job; a fault may put another host there. To be freed. */
static char *
address(const struct batch_job *job, const struct request *r)
{
	struct buffer url = {0};
	char	   *origin = pages_origin(r);
	const struct fault *f = r->fault.main;
	const char *collection =
		r->call->collection[5] == 'J' ? r->call->collection : "batchPredictions";

	if (f && f->kind == FAULT_FOREIGN_LINK)
		buffer_text(&url, f->location ? f->location : "http://127.0.0.1:9");
	else
		buffer_text(&url, origin);
	buffer_print(&url, "/api/v2/%s/%s/", collection, job->id);
	buffer_byte(&url, '\0');
	free(origin);
	return url.data;
}

static void
add_link(json_t *links, const char *name, const char *url, const char *ending,
		 const struct request *r)
{
	const struct fault *f = r->fault.main;

	if (f && f->kind == FAULT_LINK)
		ending = NULL;
	if (ending)
		json_object_set_new(links, name, json_sprintf("%s%s", url, ending));
	else if (f && f->kind == FAULT_LINK ? f->text && strcmp(f->text, "null") == 0
			 : batch_setting(SETTING_NULL_LINKS))
		json_object_set_new(links, name, json_null());
}

static json_t *
links_of(const struct batch_job *job, const struct request *r)
{
	char	   *url = address(job, r);
	json_t	   *links = json_pack("{s:s}", "self", url);
	bool		ready = (job->state == BATCH_RUNNING || job->state == BATCH_COMPLETED)
		&& !job->results_deleted;

	if (job->spec.intake->reach == REACH_LOCAL)
		add_link(links, "csvUpload", url, "csvUpload/", r);
	if (job->spec.output->reach == REACH_LOCAL)
		add_link(links, "download", url, ready ? "download/" : NULL, r);
	free(url);
	return links;
}

/* ---- numbers */

/* It is known only where the size of the data is. */
static double
percentage(const struct batch_job *job)
{
	if (job->state == BATCH_COMPLETED)
		return 100.0;
	if (job->intake_total == 0)
		return 0.0;
	return 99.0 * (double) job->intake_read / (double) job->intake_total;
}

static int64_t
elapsed(const struct batch_job *job)
{
	int64_t		end = job->ended ? job->ended : service_now();
	int64_t		begin = job->started ? job->started : job->created;

	return end > begin ? (end - begin) / 1000000 : 0;
}

/* The rows that are scored; a fault has that many fewer. */
static json_int_t
shown_rows(const struct batch_job *job)
{
	const struct fault *f = job->fault.main;

	return (json_int_t) job->scored - (f && f->kind == FAULT_WRONG_COUNTS ? f->rows : 0);
}

static void
add_numbers(json_t *json, const struct batch_job *job)
{
	bool		mixed = batch_setting(SETTING_MIXED_CASE);
	int			position = batch_queue_position(job);

	json_object_set_new(json, "percentageCompleted", json_real(percentage(job)));
	json_object_set_new(json, "elapsedTimeSec", json_integer(elapsed(job)));
	json_object_set_new(json, mixed ? "scored_rows" : "scoredRows",
						json_integer(shown_rows(job)));
	json_object_set_new(json, mixed ? "failed_rows" : "failedRows",
						json_integer((json_int_t) job->failed));
	json_object_set_new(json, "skippedRows", json_integer((json_int_t) job->skipped));
	json_object_set_new(json, "jobIntakeSize", job->intake_read
						? json_integer((json_int_t) job->intake_read) : json_null());
	json_object_set_new(json, "jobOutputSize", job->result.size
						? json_integer((json_int_t) job->result.size) : json_null());
	json_object_set_new(json, "queuePosition",
						position < 0 ? json_null() : json_integer(position));
	json_object_set_new(json, "queued", json_boolean(job->queued));
}

static void
add_spec(json_t *json, const struct batch_job *job)
{
	json_t	   *redacted = json_array();
	json_t	   *shown = batch_spec_shown(job->spec.json, redacted);

	if (batch_setting(SETTING_MIXED_CASE))
	{
		json_object_set(shown, "intake_settings", json_object_get(shown, "intakeSettings"));
		json_object_del(shown, "intakeSettings");
	}
	if (json_array_size(redacted) > 0)
		json_object_set(shown, "redactedFields", redacted);
	json_decref(redacted);
	json_object_set_new(json, "jobSpec", shown);
}

static const char *
shown_state(const struct batch_job *job, const struct request *r)
{
	bool		late = job->state == BATCH_RUNNING && batch_setting(SETTING_LATE_STATE);
	const struct fault *f = r->fault.main;

	if (f && f->kind == FAULT_STATE)
		return f->text ? f->text : "PAUSED";
	return batch_state_name(late ? BATCH_INITIALIZING : job->state);
}

json_t *
batch_report(const struct batch_job *job, const struct request *r)
{
	json_t	   *json = json_object();

	if (!batch_setting(SETTING_WITHOUT_ID))
		json_object_set_new(json, "id", json_string(job->id));
	json_object_set_new(json, "status", json_string(shown_state(job, r)));
	json_object_set_new(json, "statusDetails", json_string(batch_job_details(job)));
	json_object_set_new(json, "logs", json_deep_copy(job->logs));
	add_numbers(json, job);
	json_object_set_new(json, "links", links_of(job, r));
	add_spec(json, job);
	json_object_set_new(json, "created", batch_report_time(job->created));
	json_object_set_new(json, "createdBy", batch_report_user());
	json_object_set_new(json, "source", json_string(job->source));
	json_object_set_new(json, "hidden", batch_report_time(job->hidden));
	json_object_set_new(json, "resultsDeleted", json_boolean(job->results_deleted));
	json_object_set_new(json, "intakeDatasetDisplayName", json_null());
	json_object_set_new(json, "monitoringBatchId", json_null());
	if (job->definition_shown)
		json_object_set(json, "batchPredictionJobDefinition", job->definition_shown);
	return json;
}

void
batch_report_answer(const struct batch_job *job, struct request *r, int status)
{
	char	   *url = address(job, r);

	reply_json_value(&r->reply, status, batch_report(job, r));
	if (status == 202)
		reply_header(&r->reply, "Location", "%s", url);
	free(url);
}

#include "batch/batch_upload.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/service_clock.h"
#include "batch/batch_call.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_settings.h"
#include "faults/raw.h"
#include "faults/spoil.h"
#include "http/http_request.h"

enum { JOURNAL_BYTES = 4096 };	/* kept of the body for the control route "requests" */

/* ---- may it be sent? */

static bool
is_csv(const char *type)
{
	return type && strncasecmp(type, "text/csv", 8) == 0 && strchr("; \t", type[8]);
}

static bool
refuse(struct request *r, int status, const char *why)
{
	reply_error(&r->reply, status, "%s", why);
	return false;
}

static bool
check_headers(struct request *r)
{
	const char *coding = request_header(r, "Content-Encoding");

	if (!is_csv(request_header(r, "Content-Type")))
		return refuse(r, 406, "the Content-Type of the data must be text/csv");
	if (coding && strcasecmp(coding, "identity") != 0)
		return refuse(r, 415, "the data must not have a Content-Encoding");
	return true;
}

static bool
check_whole(struct request *r, const struct batch_job *job)
{
	if (job->spec.multipart)
		return refuse(r, 422, "the job expects its data in parts");
	if (job->intake_complete)
		return refuse(r, 422, "data has already been pushed to this job");
	if (job->n_parts > 0)
		return refuse(r, 409, "the upload to this job has already been started");
	return true;
}

/* A part may be sent again until the job begins to read. */
static bool
check_part(struct request *r, const struct batch_job *job)
{
	if (!job->spec.multipart)
		return refuse(r, 409, "the job does not expect its data in parts");
	if (job->intake_complete)
		return refuse(r, 422, "the upload to this job is finalized");
	if (job->uploader)
		return refuse(r, 409, "another part is being uploaded");
	if ((size_t) r->call->part > job->n_parts)
		return refuse(r, 422, "parts must come in ascending order, from 0");
	if ((size_t) r->call->part < job->n_parts && job->state != BATCH_INITIALIZING)
		return refuse(r, 409, "the part is already being processed");
	return true;
}

static bool
check_job(struct request *r, const struct batch_job *job)
{
	if (!job)
		return refuse(r, 404, "Not found");
	if (job->spec.intake->reach != REACH_LOCAL)
		return refuse(r, 404, "the job does not need any data to be uploaded");
	if (!check_headers(r))
		return false;
	if (batch_job_is_over(job))
	{
		reply_error(&r->reply, 422, "the job is %s: %s", batch_state_name(job->state),
					batch_job_details(job));
		return false;
	}
	return r->call->verb == VERB_PART ? check_part(r, job) : check_whole(r, job);
}

/* A single upload is a part that is read while it grows. */
static void
begin(struct request *r, struct batch_job *job)
{
	struct batch_call *c = r->call;

	c->job = job;
	c->start = job->intake.size;
	batch_job_keep(job);
	job->uploader = r;
	if (c->verb == VERB_UPLOAD)
	{
		job->parts = must_alloc(sizeof *job->parts);
		job->parts[0] = (struct batch_part) {0};
		job->n_parts = 1;
	}
	if (job->spec.async)
		batch_queue_enter(job);
}

void
batch_upload_begin(struct request *r)
{
	struct batch_job *job;

	batch_lock();
	job = batch_queue_find(r->call->id, strlen(r->call->id));
	if (check_job(r, job) && !spoil_replaces(r->fault.main))
		begin(r, job);
	batch_unlock();
}

/* ---- bytes */

/* Is the upload far ahead of a job that runs? */
static bool
is_ahead(const struct batch_job *job)
{
	return job->state == BATCH_RUNNING && !job->spec.multipart
		&& job->intake.size - job->intake_read > (uint64_t) batch_setting(SETTING_LEAD_BYTES);
}

static bool
is_cut(struct request *r)
{
	if (fault_kind_of(&r->fault) != FAULT_CUT || r->call->at < (uint64_t) r->fault.main->bytes)
		return false;
	raw_reset(r->fd);
	return true;
}

enum MHD_Result
batch_upload_take(struct request *r, const char *bytes, size_t len)
{
	struct batch_call *c = r->call;
	struct batch_job *job = c->job;

	if (r->body.len < JOURNAL_BYTES)
		buffer_append(&r->body, bytes, len < JOURNAL_BYTES ? len : JOURNAL_BYTES);
	if (!job)
		return MHD_YES;
	batch_lock();
	if (!batch_job_is_over(job))
	{
		if (!batch_spool_append(&job->intake, bytes, len))
			batch_queue_end(job, BATCH_FAILED, "Job failed: the data cannot be stored");
		c->at += len;
		if (c->verb == VERB_UPLOAD)
			job->parts[0].len = c->at;
		batch_count(BATCH_UPLOAD_BYTES, len);
		batch_job_changed(job);
		if (is_ahead(job))
			batch_job_await(job, r);
	}
	batch_unlock();
	return is_cut(r) ? MHD_NO : MHD_YES;
}

/* ---- the end */

static void
set_part(struct batch_job *job, const struct batch_call *c)
{
	size_t		number = (size_t) c->part;

	if (number == job->n_parts)
		job->parts = must_realloc(job->parts, ++job->n_parts * sizeof *job->parts);
	job->parts[number] = (struct batch_part) {c->start, c->at, true};
	batch_count(BATCH_PARTS, 1);
}

/* The last byte has arrived. */
static void
complete(struct batch_job *job, struct batch_call *c)
{
	c->over = true;
	job->uploader = NULL;
	if (c->at == 0)
	{
		if (c->verb == VERB_UPLOAD)
			batch_queue_end(job, BATCH_ABORTED, "Job aborted: the uploaded file is empty");
	}
	else if (c->verb == VERB_PART)
		set_part(job, c);
	else
	{
		job->parts[0].complete = true;
		job->intake_complete = true;
		batch_count(BATCH_UPLOADS, 1);
		batch_queue_enter(job);
	}
	batch_job_changed(job);
}

bool
batch_upload_answer(struct request *r)
{
	struct batch_call *c = r->call;
	struct batch_job *job = c->job;
	bool		waits;

	if (!job)
		return true;
	batch_lock();
	if (!c->over && !batch_job_is_over(job))
		complete(job, c);
	waits = c->verb == VERB_UPLOAD && job->state == BATCH_RUNNING && !job->read_to_end;
	if (waits)
		batch_job_await(job, r);
	else if (job->state == BATCH_ABORTED || job->state == BATCH_FAILED)
		reply_error(&r->reply, 422, "the job is %s: %s", batch_state_name(job->state),
					batch_job_details(job));
	else if (c->at == 0)
		reply_error(&r->reply, 422, "the uploaded file is empty");
	else
		reply_set(&r->reply, 202, NULL, "");
	batch_unlock();
	return !waits;
}

void
batch_upload_finalize(struct request *r)
{
	struct batch_job *job;

	batch_lock();
	job = batch_queue_find(r->call->id, strlen(r->call->id));
	if (!job)
		refuse(r, 404, "Not found");
	else if (!job->spec.multipart || job->uploader)
		refuse(r, 409, job->uploader ? "a part is being uploaded"
			   : "the job does not expect its data in parts");
	else if (batch_job_is_over(job) || job->intake_complete)
		refuse(r, 422, "the job does not expect any data");
	else if (job->n_parts == 0)
		refuse(r, 422, "no data has been uploaded");
	else
	{
		job->intake_complete = true;
		for (size_t i = 0; i < job->n_parts; i++)
			job->intake_total += job->parts[i].len;
		batch_count(BATCH_UPLOADS, 1);
		batch_queue_enter(job);
		batch_job_changed(job);
		reply_set(&r->reply, 202, NULL, "");
	}
	batch_unlock();
}

/* A whole upload that breaks cannot be sent again: the job waits until its time is over. */
void
batch_upload_end(struct request *r)
{
	struct batch_call *c = r->call;
	struct batch_job *job = c->job;

	batch_lock();
	if (!c->over)
	{
		if (job->uploader == r)
			job->uploader = NULL;
		if (c->verb == VERB_UPLOAD && !batch_job_is_over(job))
		{
			job->broke_at = service_now();
			batch_job_log(job, "The connection of the upload was broken");
		}
		batch_count(BATCH_UPLOADS_BROKEN, 1);
		batch_job_changed(job);
	}
	batch_job_drop(job);
	batch_unlock();
}

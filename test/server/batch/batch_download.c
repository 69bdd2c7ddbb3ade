#define _GNU_SOURCE
#include "batch/batch_download.h"

#include <microhttpd.h>
#include <string.h>

#include "batch/batch_call.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "faults/raw.h"
#include "http/http_request.h"
#include "input/charset.h"

static bool
accepts_csv(const char *accept)
{
	return !accept || strcasestr(accept, "text/csv") || strstr(accept, "*/*")
		|| strcasestr(accept, "text/*");
}

/* ---- bytes */

/* How many more a fault lets pass. */
static uint64_t
allowed(const struct request *r)
{
	enum fault_kind kind = fault_kind_of(&r->fault);
	uint64_t	limit;

	if (kind != FAULT_CUT && kind != FAULT_END_EARLY)
		return UINT64_MAX;
	limit = (uint64_t) r->fault.main->bytes;
	return limit > r->call->at ? limit - r->call->at : 0;
}

static ssize_t
end_by_fault(struct request *r)
{
	batch_count(BATCH_DOWNLOADS_CUT, 1);
	r->call->over = true;
	if (fault_kind_of(&r->fault) == FAULT_END_EARLY)
		return MHD_CONTENT_READER_END_OF_STREAM;
	raw_reset(r->fd);
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* There is nothing more to be read; waits if there may be later. */
static ssize_t
end_or_wait(struct request *r)
{
	struct batch_job *job = r->call->job;

	if (!batch_job_is_over(job))
	{
		batch_job_await(job, r);
		return 0;
	}
	r->call->over = true;
	batch_count(job->state == BATCH_COMPLETED ? BATCH_DOWNLOADS : BATCH_DOWNLOADS_CUT, 1);
	return MHD_CONTENT_READER_END_OF_STREAM;
}

/* A job that is aborted ends the answer where it is, without an error. */
static ssize_t
read_some(struct request *r, char *out, size_t max)
{
	struct batch_job *job = r->call->job;
	uint64_t	most = allowed(r);
	uint64_t	available;
	ssize_t		n;

	if (job->dropped)
		raw_reset(r->fd);
	if (r->gone || job->results_deleted || job->dropped)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	available = job->result.size - r->call->at;
	if (most == 0 && (available > 0 || job->state == BATCH_COMPLETED))
		return end_by_fault(r);
	if (available == 0 || job->state == BATCH_ABORTED || job->state == BATCH_FAILED)
		return end_or_wait(r);
	if (most > available)
		most = available;
	n = batch_spool_read(&job->result, r->call->at, out, most < max ? (size_t) most : max);
	if (n <= 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	r->call->at += (uint64_t) n;
	r->body_sent = r->call->at;
	batch_count(BATCH_DOWNLOAD_BYTES, (uint64_t) n);
	return n;
}

static ssize_t
read_result(void *cls, uint64_t at, char *out, size_t max)
{
	ssize_t		n;

	(void) at;
	batch_lock();
	n = read_some(cls, out, max);
	batch_unlock();
	return n;
}

/* ---- the answer */

static bool
check(struct request *r, const struct batch_job *job)
{
	if (!job)
		reply_error(&r->reply, 404, "Not found");
	else if (job->spec.output->reach != REACH_LOCAL)
		reply_error(&r->reply, 404, "the job has no output to download");
	else if (job->state == BATCH_INITIALIZING)
		reply_error(&r->reply, 404, "the job has no output yet");
	else if (job->results_deleted)
		reply_error(&r->reply, 404, "the output of the job has been deleted");
	else if (!accepts_csv(request_header(r, "Accept")))
		reply_error(&r->reply, 406, "the output is text/csv");
	else if (job->state == BATCH_ABORTED || job->state == BATCH_FAILED)
		reply_error(&r->reply, 422, "the job is %s: %s", batch_state_name(job->state),
					batch_job_details(job));
	return !r->reply.ready;
}

void
batch_download_answer(struct request *r)
{
	struct batch_job *job;

	batch_lock();
	job = batch_queue_find(r->call->id, strlen(r->call->id));
	if (check(r, job))
	{
		r->call->job = job;
		batch_job_keep(job);
		reply_set(&r->reply, 200, charset_is_utf8(job->spec.charset)
				  ? "text/csv; charset=utf-8" : "text/csv", "");
		reply_header(&r->reply, "Content-Disposition", "attachment; filename=result-%s.csv",
					 job->id);
		r->reader = read_result;
	}
	batch_unlock();
}

void
batch_download_end(struct request *r)
{
	batch_lock();
	if (!r->call->over)
		batch_count(BATCH_DOWNLOADS_CUT, 1);
	batch_job_drop(r->call->job);
	batch_unlock();
}

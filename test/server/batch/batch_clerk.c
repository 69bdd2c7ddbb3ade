#define _GNU_SOURCE
#include "batch/batch_clerk.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "api/api.h"
#include "base/service_clock.h"
#include "batch/batch_definitions.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_run.h"
#include "batch/batch_settings.h"
#include "faults/raw.h"
#include "http/http_request.h"

enum { PERIOD = 100 };			/* milliseconds */

static pthread_t clerk;
static bool stopping;

/* Has it been so many seconds since then? */
static bool
is_past(int64_t then, enum batch_setting seconds)
{
	return then > 0 && service_now() - then >= (int64_t) batch_setting(seconds) * 1000000;
}

/*
 * The HTTP library watches sockets for changes, and misses the end of a connection that comes
 * together with the last bytes before it. Ending our side of reading makes it look again.
 */
static void
show_end(const struct request *uploader)
{
	struct pollfd p = {.fd = uploader->fd, .events = POLLRDHUP};

	if (poll(&p, 1, 0) > 0 && (p.revents & POLLRDHUP))
		shutdown(uploader->fd, SHUT_RD);
}

static void
look_after(struct batch_job *job)
{
	if (job->uploader)
		show_end(job->uploader);
	if (job->state == BATCH_RUNNING && is_past(job->started, SETTING_JOB_SECONDS))
		batch_queue_end(job, BATCH_ABORTED, "Job aborted: it exceeded the runtime limit");
	if (!batch_job_is_over(job) && is_past(job->broke_at, SETTING_UPLOAD_SECONDS))
		batch_queue_end(job, BATCH_ABORTED, "Job aborted: the upload timed out");
	if (job->results_deleted || !is_past(job->ended, SETTING_RETENTION_SECONDS))
		return;
	job->results_deleted = true;
	batch_spool_free(&job->result);
	batch_job_log(job, "The results were deleted");
	batch_job_changed(job);
}

void
batch_clerk_tick(void)
{
	batch_definitions_tick();
	batch_lock();
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
		look_after(job);
	batch_queue_serve();		/* there may be more slots than before */
	batch_job_wake_gone(false);
	batch_unlock();
}

/* Any change of a job wakes the clerk, too, which is not to look more often for that. */
static bool
rest(void)
{
	int64_t		until = service_now() + PERIOD * 1000;
	int64_t		begin = until - PERIOD * 1000;
	bool		stops;

	batch_lock();
	while (!stopping && service_now() < until && service_now() >= begin)
		batch_wait(PERIOD);
	stops = stopping;
	batch_unlock();
	return !stops;
}

static void *
work(void *unused)
{
	while (rest())
		batch_clerk_tick();
	return unused;
}

/* Each job with results has a file. */
static void
allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
report_load(int *running, int *waiting)
{
	batch_lock();
	batch_queue_load(running, waiting);
	batch_unlock();
}

void
batch_start(void)
{
	allow_files();
	api_ask_for_load(report_load);
	pthread_create(&clerk, NULL, work, NULL);
}

void
batch_stop(void)
{
	batch_lock();
	stopping = true;
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
		job->queued = false;
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
		batch_queue_end(job, BATCH_ABORTED, "The service stops");
	batch_job_wake_gone(true);
	batch_unlock();
	pthread_join(clerk, NULL);
	batch_run_stop();
}

void
batch_reset(void)
{
	batch_definitions_forget();
	batch_lock();
	batch_job_wake_gone(true);
	batch_queue_forget();
	batch_unlock();
	batch_settings_reset();
	service_clock_reset();
}

void
batch_restart(bool lost)
{
	batch_lock();
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
		job->queued = false;
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
	{
		if (job->uploader)
			raw_reset(job->uploader->fd);
		if (batch_job_is_over(job))
			continue;
		job->removed = job->lost = lost;
		job->dropped = true;
		batch_queue_end(job, BATCH_FAILED, "Job failed: the service was started again");
	}
	batch_job_reset_waiters();
	batch_unlock();
}

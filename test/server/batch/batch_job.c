#define _GNU_SOURCE
#include "batch/batch_job.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "faults/raw.h"
#include "http/http_request.h"

static const char *const state_names[] = {
	"INITIALIZING", "RUNNING", "COMPLETED", "ABORTED", "FAILED"
};

/* A request whose connection is suspended. */
struct waiter
{
	struct request *request;
	const struct batch_job *job;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct waiter *waiters;
static size_t n_waiters;
static unsigned made;

void
batch_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
batch_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void
batch_wait(long ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&changed, &lock, &until);
}

/* An id has 24 hexadecimal digits and begins with the time, as those of the service do. */
struct batch_job *
batch_job_new(void)
{
	struct batch_job *job = must_alloc(sizeof *job);

	memset(job, 0, sizeof *job);
	job->references = 1;
	job->created = service_now();
	job->logs = json_array();
	batch_spool_init(&job->intake);
	batch_spool_init(&job->result);
	batch_lock();
	snprintf(job->id, sizeof job->id, "%08x7abc%012x", (unsigned) (job->created / 1000000),
			 ++made);
	batch_unlock();
	return job;
}

void
batch_job_keep(struct batch_job *job)
{
	job->references++;
}

void
batch_job_drop(struct batch_job *job)
{
	if (--job->references > 0)
		return;
	batch_spec_free(&job->spec);
	fault_release(&job->fault);
	json_decref(job->logs);
	json_decref(job->definition_shown);
	batch_spool_free(&job->intake);
	batch_spool_free(&job->result);
	free(job->parts);
	free(job);
}

void
batch_job_log(struct batch_job *job, const char *format, ...)
{
	struct buffer line = {0};
	va_list		args;
	char		time[TIMESTAMP_TEXT_MAX];
	json_t	   *text;

	va_start(args, format);
	buffer_vprint(&line, format, args);
	va_end(args);
	timestamp_print_as(time, service_now() / 1000000, "%Y-%m-%d %H:%M:%S");
	buffer_print(&line, " at %s UTC", time);
	text = json_stringn(line.data, line.len);
	json_array_append_new(job->logs, text ? text : json_string("a message that is not UTF-8"));
	buffer_free(&line);
}

const char *
batch_job_details(const struct batch_job *job)
{
	return json_string_value(json_array_get(job->logs, json_array_size(job->logs) - 1));
}

bool
batch_job_is_over(const struct batch_job *job)
{
	return job->state >= BATCH_COMPLETED;
}

const char *
batch_state_name(enum batch_state state)
{
	return state_names[state];
}

/* ---- waiting */

void
batch_job_await(struct batch_job *job, struct request *r)
{
	waiters = must_realloc(waiters, (n_waiters + 1) * sizeof *waiters);
	waiters[n_waiters++] = (struct waiter) {r, job};
	MHD_suspend_connection(r->connection);
}

static void
wake(size_t i)
{
	struct request *r = waiters[i].request;

	waiters[i] = waiters[--n_waiters];
	MHD_resume_connection(r->connection);
}

void
batch_job_changed(struct batch_job *job)
{
	for (size_t i = n_waiters; i-- > 0;)
		if (waiters[i].job == job)
			wake(i);
	pthread_cond_broadcast(&changed);
}

void
batch_job_reset_waiters(void)
{
	for (size_t i = 0; i < n_waiters; i++)
		raw_reset(waiters[i].request->fd);
	batch_job_wake_gone(true);
}

void
batch_job_wake_gone(bool all)
{
	for (size_t i = n_waiters; i-- > 0;)
	{
		struct pollfd p = {.fd = waiters[i].request->fd, .events = POLLRDHUP};
		bool		gone = poll(&p, 1, 0) > 0
			&& (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));

		if (!gone && !all)
			continue;
		waiters[i].request->gone = true;
		wake(i);
	}
}

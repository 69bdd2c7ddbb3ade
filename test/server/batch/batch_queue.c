#include "batch/batch_queue.h"

#include <string.h>
#include <strings.h>

#include "base/service_clock.h"
#include "batch/batch_run.h"
#include "batch/batch_settings.h"
#include "model/registry.h"

static const char *const counter_names[BATCH_COUNTERS] = {
	"jobs", "uploads", "parts", "uploads_broken", "upload_bytes", "downloads", "downloads_cut",
	"download_bytes", "rows_scored", "rows_failed", "deleted", "scheduled_runs", "max_running"
};

static struct batch_job *first;
static uint64_t counters[BATCH_COUNTERS];

void
batch_count(enum batch_counter which, uint64_t more)
{
	counters[which] += more;
}

void
batch_queue_add(struct batch_job *job)
{
	struct batch_job **end = &first;

	while (*end)
		end = &(*end)->next;
	*end = job;
	batch_count(BATCH_JOBS, 1);
}

struct batch_job *
batch_queue_find(const char *id, size_t len)
{
	for (struct batch_job *job = first; job; job = job->next)
		if (!job->lost && strlen(job->id) == len && strncasecmp(job->id, id, len) == 0)
			return job;
	return NULL;
}

struct batch_job *
batch_queue_first(void)
{
	return first;
}

/* ---- slots */

static int
running_on(const char *instance)
{
	int			count = 0;

	for (const struct batch_job *job = first; job; job = job->next)
		count += job->state == BATCH_RUNNING && strcmp(job->spec.instance, instance) == 0;
	return count;
}

static bool
is_never_served(const struct batch_job *job)
{
	return fault_kind_of(&job->fault) == FAULT_NO_SLOT;
}

static void
start(struct batch_job *job)
{
	int			running;
	int			waiting;

	job->state = BATCH_RUNNING;
	job->queued = false;
	job->started = service_now();
	batch_job_log(job, "Job started processing");
	batch_queue_load(&running, &waiting);
	if ((uint64_t) running > counters[BATCH_MAX_RUNNING])
		counters[BATCH_MAX_RUNNING] = (uint64_t) running;
	batch_run_start(job);
	batch_job_changed(job);
}

/* Of those that wait for the same instance, the one that came first. */
static bool
is_next(const struct batch_job *job)
{
	if (!job->queued || is_never_served(job)
		|| running_on(job->spec.instance) >= batch_setting(SETTING_SLOTS))
		return false;
	for (const struct batch_job *other = first; other; other = other->next)
		if (other->queued && !is_never_served(other) && other->queued_at < job->queued_at
			&& strcmp(other->spec.instance, job->spec.instance) == 0)
			return false;
	return true;
}

void
batch_queue_serve(void)
{
	for (struct batch_job *job = first; job; job = job->next)
		if (is_next(job))
		{
			start(job);
			job = first;		/* there may be more slots, and more instances */
		}
}

void
batch_queue_enter(struct batch_job *job)
{
	static int64_t turn;

	if (job->queued || job->state != BATCH_INITIALIZING)
		return;
	job->queued = true;
	job->queued_at = ++turn;
	batch_queue_serve();
}

int
batch_queue_position(const struct batch_job *job)
{
	int			before = 0;

	if (!job->queued)
		return -1;
	for (const struct batch_job *other = first; other; other = other->next)
		before += other->queued && other->queued_at < job->queued_at
			&& strcmp(other->spec.instance, job->spec.instance) == 0;
	return before;
}

void
batch_queue_load(int *running, int *waiting)
{
	*running = *waiting = 0;
	for (const struct batch_job *job = first; job; job = job->next)
	{
		*running += job->state == BATCH_RUNNING;
		*waiting += job->queued;
	}
}

void
batch_queue_end(struct batch_job *job, enum batch_state state, const char *text)
{
	if (batch_job_is_over(job))
		return;
	job->state = state;
	job->queued = false;
	job->ended = service_now();
	batch_job_log(job, "%s", text);
	batch_job_changed(job);
	batch_queue_serve();
}

void
batch_queue_forget(void)
{
	for (struct batch_job *job = first; job; job = job->next)
	{
		job->queued = false;
		batch_queue_end(job, BATCH_ABORTED, "Job forgotten");
	}
	while (first)
	{
		struct batch_job *next = first->next;

		first->next = NULL;
		batch_job_drop(first);
		first = next;
	}
	memset(counters, 0, sizeof counters);
}

/* ---- counters */

json_t *
batch_queue_counters(void)
{
	json_t	   *all = json_object();
	json_t	   *states = json_object();
	int			running;
	int			waiting;
	int			uploading = 0;

	for (int state = BATCH_INITIALIZING; state <= BATCH_FAILED; state++)
	{
		int			count = 0;

		for (const struct batch_job *job = first; job; job = job->next)
			count += (int) job->state == state;
		json_object_set_new(states, batch_state_name((enum batch_state) state),
							json_integer(count));
	}
	for (const struct batch_job *job = first; job; job = job->next)
		uploading += job->uploader != NULL;
	for (int i = 0; i < BATCH_COUNTERS; i++)
		json_object_set_new(all, counter_names[i], json_integer((json_int_t) counters[i]));
	batch_queue_load(&running, &waiting);
	json_object_set_new(all, "running", json_integer(running));
	json_object_set_new(all, "waiting", json_integer(waiting));
	json_object_set_new(all, "uploading", json_integer(uploading));
	json_object_set_new(all, "states", states);
	return all;
}

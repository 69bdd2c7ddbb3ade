#include "batch/batch_create.h"

#include <stdio.h>

#include "base/command_line.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "model/registry.h"

static struct batch_job *
make(const json_t *spec, const struct batch_times *times, const char *source,
	 const char *definition, json_t *errors)
{
	struct batch_job *job = batch_job_new();

	batch_spec_read(spec, NULL, times, &job->spec, errors);
	job->source = source;
	snprintf(job->definition, sizeof job->definition, "%s", definition);
	if (json_object_size(errors) > 0)
	{
		batch_job_drop(job);
		return NULL;
	}
	return job;
}

static void
add(struct batch_job *job)
{
	batch_job_log(job, "Job created by %s from 127.0.0.1", options.user);
	batch_job_keep(job);
	batch_queue_add(job);
}

struct batch_job *
batch_create(const json_t *spec, const struct batch_times *times, const char *source,
			 const char *definition, json_t *errors)
{
	struct batch_job *job = make(spec, times, source, definition, errors);

	if (!job)
		return NULL;
	job->fault = fault_choose_job(job->spec.deployment->id);
	batch_lock();
	add(job);
	if (job->spec.intake->reach != REACH_LOCAL)
		batch_queue_enter(job);
	batch_unlock();
	return job;
}

struct batch_job *
batch_create_aborted(const json_t *spec, const struct batch_times *times, const char *source,
					 const char *definition, const char *why)
{
	json_t	   *errors = json_object();
	struct batch_job *job = make(spec, times, source, definition, errors);

	json_decref(errors);
	if (!job)
		return NULL;
	batch_lock();
	add(job);
	batch_queue_end(job, BATCH_ABORTED, why);
	batch_unlock();
	return job;
}

/* New jobs (docs/api.md 2.4, 2.16). */
#ifndef STANDIN_BATCH_CREATE_H
#define STANDIN_BATCH_CREATE_H

#include <jansson.h>
#include <stddef.h>

struct batch_job;
struct batch_times;

/*
 * Makes a job of a specification and puts it into the queue, unless it waits for data. The lock of
 * batch_job.h must not be held. NULL: errors were added. The caller has a reference.
 */
struct batch_job *batch_create(const json_t *spec, const struct batch_times *times,
							   const char *source, const char *definition, json_t *errors);

/* a job that never runs, because of why */
struct batch_job *batch_create_aborted(const json_t *spec, const struct batch_times *times,
									   const char *source, const char *definition,
									   const char *why);

#endif

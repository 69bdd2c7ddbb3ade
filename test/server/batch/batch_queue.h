/*
 * All jobs, in the order of their creation; which of them run, on how many slots (docs/api.md
 * 2.10). Every function here expects the lock of batch_job.h to be held, unless it says otherwise.
 */
#ifndef STANDIN_BATCH_QUEUE_H
#define STANDIN_BATCH_QUEUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/batch_job.h"

/* takes over the reference of a new job */
void		batch_queue_add(struct batch_job *job);

/* NULL: unknown */
struct batch_job *batch_queue_find(const char *id, size_t len);

/* the oldest; the others follow by ->next */
struct batch_job *batch_queue_first(void);

/* start the jobs that wait for slots that are free */
void		batch_queue_serve(void);

/* from now on the job waits for a slot */
void		batch_queue_enter(struct batch_job *job);

/* how many wait before it; -1: it does not wait */
int			batch_queue_position(const struct batch_job *job);

/* ends a job, if it is not over, and gives its slot to the next one; the text goes to the log */
void		batch_queue_end(struct batch_job *job, enum batch_state state, const char *text);

/* jobs on prediction instances that run, and that wait */
void		batch_queue_load(int *running, int *waiting);

/* aborts and forgets all */
void		batch_queue_forget(void);

/* what was counted since the last reset; the caller owns it */
json_t	   *batch_queue_counters(void);

enum batch_counter
{
	BATCH_JOBS,
	BATCH_UPLOADS,
	BATCH_PARTS,
	BATCH_UPLOADS_BROKEN,
	BATCH_UPLOAD_BYTES,
	BATCH_DOWNLOADS,
	BATCH_DOWNLOADS_CUT,
	BATCH_DOWNLOAD_BYTES,
	BATCH_ROWS_SCORED,
	BATCH_ROWS_FAILED,
	BATCH_DELETED,
	BATCH_RUNS,					/* of definitions, by the scheduler */
	BATCH_MAX_RUNNING,
	BATCH_COUNTERS
};

void		batch_count(enum batch_counter which, uint64_t more);

#endif

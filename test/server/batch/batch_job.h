/*
 * A batch job and its states (docs/api.md 2.10). All of it is guarded by one lock, which every
 * function here except the first four expects to be held.
 */
#ifndef STANDIN_BATCH_JOB_H
#define STANDIN_BATCH_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/batch_spec.h"
#include "batch/batch_spool.h"
#include "faults/fault.h"

struct request;

enum { BATCH_ID_SIZE = 25 };

enum batch_state
{
	BATCH_INITIALIZING,
	BATCH_RUNNING,
	BATCH_COMPLETED,
	BATCH_ABORTED,
	BATCH_FAILED
};

/* A part of what was uploaded; the whole of it, unless the upload is in parts. */
struct batch_part
{
	uint64_t	start;			/* in the spool */
	uint64_t	len;
	bool		complete;
};

struct batch_job
{
	struct batch_job *next;
	int			references;
	char		id[BATCH_ID_SIZE];
	struct batch_spec spec;
	struct fault_choice fault;
	enum batch_state state;
	const char *source;			/* static text: how it was made */
	char		definition[BATCH_ID_SIZE];	/* that it was made from; "": none */
	json_t	   *definition_shown;	/* what the answer says about that; NULL: none */

	/* microseconds since 1970; 0: not yet */
	int64_t		created;
	int64_t		queued_at;
	int64_t		started;
	int64_t		ended;
	int64_t		hidden;
	int64_t		broke_at;		/* when its upload broke */

	bool		queued;			/* it waits for a slot */
	bool		removed;		/* it is in no list */
	bool		lost;			/* nobody knows it any more */
	bool		dropped;		/* its connections are reset */
	bool		results_deleted;
	json_t	   *logs;

	/* what was uploaded */
	struct batch_spool intake;
	struct batch_part *parts;
	size_t		n_parts;
	struct request *uploader;	/* NULL: nobody uploads right now */
	bool		intake_complete;	/* there will be no other part */
	uint64_t	intake_read;	/* bytes, by the thread that scores */
	uint64_t	intake_total;	/* bytes, if that is known; 0: it is not */
	bool		read_to_end;	/* by that thread */

	/* results */
	struct batch_spool result;
	uint64_t	scored;			/* rows */
	uint64_t	failed;
	uint64_t	skipped;
	uint64_t	failed_bytes;
};

void		batch_lock(void);
void		batch_unlock(void);

/* waits for a change of any job, at most so many milliseconds; the lock must be held */
void		batch_wait(long ms);

/* its first reference is the caller's */
struct batch_job *batch_job_new(void);

void		batch_job_keep(struct batch_job *job);
void		batch_job_drop(struct batch_job *job);

void		batch_job_log(struct batch_job *job, const char *format, ...)
			__attribute__((format(printf, 2, 3)));

/* the last line of the log */
const char *batch_job_details(const struct batch_job *job);

bool		batch_job_is_over(const struct batch_job *job);
const char *batch_state_name(enum batch_state state);

/* something happened: wakes whoever waits for this job */
void		batch_job_changed(struct batch_job *job);

/*
 * Suspends the request's connection until the job changes. The HTTP library then calls again;
 * r->gone is set if the client has gone meanwhile.
 */
void		batch_job_await(struct batch_job *job, struct request *r);

/* wakes those whose clients have gone; all: every one */
void		batch_job_wake_gone(bool all);

/* resets the connections of those that wait */
void		batch_job_reset_waiters(void);

#endif

#include "batch/batch_run.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/monotonic.h"
#include "batch/batch_bucket.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_reader.h"
#include "batch/batch_scorer.h"
#include "batch/batch_settings.h"
#include "batch/batch_table.h"
#include "model/registry.h"

enum { FIRST_CHUNK = 128 * 1024, COPY_BLOCK = 256 * 1024 };

/* A job as its thread sees it. */
struct running
{
	struct batch_job *job;
	struct batch_reader *reader;
	struct batch_scorer *scorer;
	struct batch_table *table;	/* NULL: the output is no database */
	size_t		chunk_bytes;
	struct buffer held;			/* struct buffer each: chunks that a fault has written last */
};

static atomic_int threads;

static void
end(struct batch_job *job, enum batch_state state, const char *text)
{
	batch_lock();
	batch_queue_end(job, state, text);
	batch_unlock();
}

static void
end_because(struct batch_job *job, const char *why)
{
	struct buffer text = {0};

	buffer_print(&text, "Job aborted: %s", why);
	buffer_byte(&text, '\0');
	end(job, BATCH_ABORTED, text.data);
	buffer_free(&text);
}

/* ---- after a chunk */

/* Too much of the data cannot be scored: 20 % of the rows so far, or 100 MB. */
static bool
is_too_bad(const struct batch_job *job)
{
	uint64_t	rows = job->scored + job->failed;
	uint64_t	percent = (uint64_t) batch_setting(SETTING_ABORT_PERCENT);

	if (!job->spec.abort_on_error || job->failed == 0)
		return false;
	return job->failed * 100 >= rows * percent
		|| job->failed_bytes >= (uint64_t) batch_setting(SETTING_ABORT_BYTES);
}

/* Waits, unless the job ends meanwhile. */
static void
pause_for(const struct batch_job *job, long ms)
{
	int64_t		until = monotonic_now() / 1000 + ms;
	int64_t		left = ms;

	for (; left > 0 && job->state == BATCH_RUNNING; left = until - monotonic_now() / 1000)
		batch_wait(left);
}

/* Faults that wait for a number of rows. */
static void
apply_fault(struct batch_job *job)
{
	const struct fault *f = job->fault.main;
	const char *text = f && f->text ? f->text : "an internal error occurred";

	if (!f || job->scored < (uint64_t) f->rows)
		return;
	if (f->kind == FAULT_JOB_ABORT)
		batch_queue_end(job, BATCH_ABORTED, f->text ? f->text : "Job aborted by an administrator");
	else if (f->kind == FAULT_JOB_FAIL)
		batch_queue_end(job, BATCH_FAILED, text);
	else if (f->kind == FAULT_JOB_STALL)
	{
		job->read_to_end = true;	/* nobody is to wait for that */
		batch_job_changed(job);
	}
	while (f->kind == FAULT_JOB_STALL && job->state == BATCH_RUNNING)
		batch_wait(1000);
	if (f->kind == FAULT_JOB_SLOW)
		pause_for(job, f->ms);
}

static void
count(struct batch_job *job, const struct batch_counts *counts, size_t bytes)
{
	uint64_t	rows = counts->scored + counts->failed;

	job->scored += counts->scored;
	job->failed += counts->failed;
	job->skipped += counts->skipped;
	if (rows > 0)
		job->failed_bytes += bytes * counts->failed / rows;
	batch_count(BATCH_ROWS_SCORED, counts->scored);
	batch_count(BATCH_ROWS_FAILED, counts->failed);
}

/* Writes rows to the results; a fault has all chunks but the first wait for the end. */
static bool
write_chunk(struct running *run, struct buffer *out)
{
	struct batch_job *job = run->job;

	if (fault_kind_of(&job->fault) != FAULT_SHUFFLE_CHUNKS || job->result.size == 0)
		return batch_spool_append(&job->result, out->data, out->len);
	buffer_append(&run->held, out, sizeof *out);
	*out = (struct buffer) {0};
	return true;
}

/* Writes those that wait, the last one first. */
static void
write_held(struct running *run)
{
	struct buffer *held = (struct buffer *) run->held.data;

	for (size_t i = run->held.len / sizeof *held; i-- > 0;)
	{
		batch_spool_append(&run->job->result, held[i].data, held[i].len);
		buffer_free(&held[i]);
	}
	buffer_free(&run->held);
}

/* Adds rows to the results, unless the job has ended meanwhile. */
static bool
keep(struct running *run, struct buffer *out, const struct batch_counts *counts, size_t bytes)
{
	struct batch_job *job = run->job;
	bool		written;

	batch_lock();
	written = job->state == BATCH_RUNNING && write_chunk(run, out);
	if (written)
		count(job, counts, bytes);
	batch_job_changed(job);
	if (written && is_too_bad(job))
		batch_queue_end(job, BATCH_ABORTED, "Job aborted: too many rows could not be scored");
	apply_fault(job);
	if (!written)
		batch_queue_end(job, BATCH_FAILED, "Job failed: the results cannot be stored");
	written = job->state == BATCH_RUNNING;
	batch_unlock();
	return written;
}

/* ---- the end */

static bool
copy(const struct batch_spool *from, int to)
{
	char	   *block = must_alloc(COPY_BLOCK);
	uint64_t	at = 0;
	ssize_t		n = 0;
	bool		ok = true;

	while (ok && at < from->size && (n = batch_spool_read(from, at, block, COPY_BLOCK)) > 0)
	{
		ok = write(to, block, (size_t) n) == n;
		at += (uint64_t) n;
	}
	free(block);
	return ok && at == from->size;
}

/* NULL, or why the results cannot be written where the job wants them. */
static const char *
deliver(const struct batch_job *job)
{
	char		path[4096];
	const char *why;
	int			fd;
	bool		ok;

	if (job->spec.output->reach == REACH_LOCAL || job->spec.output->reach == REACH_DATABASE)
		return NULL;
	why = batch_bucket_path(job->spec.to, path, sizeof path);
	if (why)
		return why;
	fd = batch_bucket_create(path);
	if (fd < 0)
		return "the output cannot be created";
	ok = copy(&job->result, fd);
	ok = close(fd) == 0 && ok && batch_bucket_publish(path);
	if (!ok)
		batch_bucket_discard(path);
	return ok ? NULL : "the output cannot be written";
}

static void
complete(struct running *run)
{
	struct batch_job *job = run->job;
	const char *why = deliver(job);

	if (run->table && !batch_table_finish(run->table))
		why = batch_table_why(run->table);
	if (!why && job->result.size == 0)
		why = "there are no rows to predict";
	if (why)
		end_because(job, why);
	else
		end(job, BATCH_COMPLETED, "Job done processing");
}

/* ---- the thread */

/* False: there are no more chunks, or the job is over. */
static bool
take_chunk(struct running *run)
{
	struct batch_chunk chunk;
	struct batch_counts counts = {0};
	struct buffer out = {0};
	bool		more = false;

	switch (batch_reader_next(run->reader, run->chunk_bytes, &chunk))
	{
		case READ_CHUNK:
			if (!batch_scorer_run(run->scorer, &chunk, &out, &counts))
				end_because(run->job, batch_scorer_why(run->scorer));
			else if (run->table && !batch_table_write(run->table, &out))
				end_because(run->job, batch_table_why(run->table));
			else
				more = keep(run, &out, &counts, chunk.len - chunk.header);
			break;
		case READ_END:
			write_held(run);
			complete(run);
			break;
		case READ_STOPPED:
			break;
		case READ_BAD:
			end_because(run->job, batch_reader_why(run->reader));
			break;
	}
	buffer_free(&out);
	return more;
}

static bool
chunks_are_small(const struct fault_choice *fault)
{
	enum fault_kind kind = fault_kind_of(fault);

	return kind == FAULT_JOB_ABORT || kind == FAULT_JOB_FAIL || kind == FAULT_JOB_STALL
		|| kind == FAULT_JOB_SLOW || kind == FAULT_SHUFFLE_CHUNKS;
}

/* Time series are scored as a whole; chunks are small where a fault waits for some rows. */
static void
choose_size(struct running *run)
{
	const struct batch_spec *spec = &run->job->spec;
	if (spec->deployment->time)
		run->chunk_bytes = SIZE_MAX;
	else if (chunks_are_small(&run->job->fault))
		run->chunk_bytes = (size_t) run->job->fault.main->bytes;
	else if (run->chunk_bytes == 0)
		run->chunk_bytes = spec->chunks_grow ? FIRST_CHUNK : spec->chunk_bytes;
	else if (run->chunk_bytes < spec->chunk_bytes)
		run->chunk_bytes *= 2;
}

/* Reads, scores and writes until the job is over. */
static void
run_job(struct running *run)
{
	const struct batch_spec *spec = &run->job->spec;

	run->reader = batch_reader_open(run->job);
	run->scorer = batch_scorer_new(spec, run->job->fault.main);
	if (spec->output->reach == REACH_DATABASE)
		run->table = batch_table_open(run->job);
	do
		choose_size(run);
	while (take_chunk(run));
	write_held(run);
	if (run->table)
		batch_table_close(run->table);
	batch_scorer_free(run->scorer);
	batch_reader_close(run->reader);
}

static void *
work(void *data)
{
	struct running run = {.job = data};

	run_job(&run);
	batch_lock();
	batch_spool_free(&run.job->intake);
	batch_job_drop(run.job);
	batch_unlock();
	threads--;
	return NULL;
}

void
batch_run_start(struct batch_job *job)
{
	pthread_t	thread;

	batch_job_keep(job);
	threads++;
	if (pthread_create(&thread, NULL, work, job) != 0)
		abort();
	pthread_detach(thread);
}

void
batch_run_stop(void)
{
	while (threads > 0)
		poll(NULL, 0, 5);
}

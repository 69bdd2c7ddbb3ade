/* A job that runs: a thread that reads, scores and writes until it is over. */
#ifndef STANDIN_BATCH_RUN_H
#define STANDIN_BATCH_RUN_H

struct batch_job;

/* the job is RUNNING; the lock of batch_job.h must be held */
void		batch_run_start(struct batch_job *job);

/* waits until no thread is left; all jobs must be over, and the lock not be held */
void		batch_run_stop(void);

#endif

/*
 * The thread that looks after jobs as time goes by: limits of running time, uploads that broke,
 * results that expire, definitions that are due; and the batch service's start and end.
 */
#ifndef STANDIN_BATCH_CLERK_H
#define STANDIN_BATCH_CLERK_H

#include <stdbool.h>

void		batch_start(void);

/* ends all jobs and wakes all requests */
void		batch_stop(void);

/* forgets all jobs, definitions, counters and settings */
void		batch_reset(void);

/* what time has made due is done before this returns */
void		batch_clerk_tick(void);

/*
 * As if the service was started again: connections that transfer data are reset; jobs that are
 * not over are unknown (lost), or else have failed
 */
void		batch_restart(bool lost);

#endif

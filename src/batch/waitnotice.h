/*
 * waitnotice.h
 *		A NOTICE, at a low rate, that a job is still waited for.
 */
#ifndef DRS_WAITNOTICE_H
#define DRS_WAITNOTICE_H

#include "datatype/timestamp.h"

#include "batch/job.h"

typedef struct WaitNotice
{
	TimestampTz next;			/* by drs_clock() */
	int			gap;			/* s, from the next one to that after it */
} WaitNotice;

/* Begin to wait. */
extern WaitNotice drs_waitnotice_begin(void);

/*
 * The job is as it says: send the NOTICE if it is time, "batch job ... " and what, with its
 * place in the queue.
 */
extern void drs_waitnotice_send(WaitNotice *notice, const Job *job, const char *what);

#endif							/* DRS_WAITNOTICE_H */

/*
 * permits.h
 *		Permits to have a chunk sent and not yet done with, so many for all.
 *
 * Local, or shared by several processes: then the permits are counted in a
 * piece of shared memory that somebody else made, which must stay mapped as
 * long as a Limiter is attached to it.  Nothing is locked; who waits does so
 * on the latch.  Nothing here raises but what allocates.
 *
 * Each process of a shared limiter has a number of its own, from 0.  One that
 * ends without drs_limiter_detach() keeps its permits: then all of them are to
 * end.
 */
#ifndef DRS_PERMITS_H
#define DRS_PERMITS_H

typedef struct Limiter Limiter;

/* A limiter of this process alone, in the current memory context. */
extern Limiter *drs_limiter_local(int permits);

/* Bytes of shared memory, aligned as by MAXALIGN, for so many processes. */
extern Size drs_limiter_size(int processes);

/* Prepare that memory, once, before anybody attaches. */
extern void drs_limiter_init(void *shared, int permits, int processes);

/* Take part as the process of that number.  Allocates in the current memory context. */
extern Limiter *drs_limiter_attach(void *shared, int number);

/* Take part no longer; gives back all permits that this process holds. */
extern void drs_limiter_detach(Limiter *limiter);

/* Take a permit; false when there is none. */
extern bool drs_limiter_take(Limiter *limiter);

/* Is there one?  If not, the latch of this process is set as soon as one is given back. */
extern bool drs_limiter_await(Limiter *limiter);

/* Give permits back and wake those who wait for them. */
extern void drs_limiter_give(Limiter *limiter, int permits);

/* How many this process holds. */
extern int	drs_limiter_held(const Limiter *limiter);

#endif							/* DRS_PERMITS_H */

/*
 * permits.h
 *		Permits to have a chunk sent and not yet done with, so many for all.
 *
 * Local, or shared by several processes: then the permits are counted in a
 * piece of shared memory that somebody else made, which must stay mapped as
 * long as a PermitHolder is attached to it.  Nothing is locked; who waits does so
 * on the latch.  Nothing here raises but what allocates.
 *
 * Each process of a shared permit_holder has a number of its own, from 0.  One that
 * ends without drs_permits_detach() keeps its permits: then all of them are to
 * end.
 */
#ifndef DRS_PERMITS_H
#define DRS_PERMITS_H

typedef struct PermitHolder PermitHolder;

/* A permit_holder of this process alone, in the current memory context. */
extern PermitHolder *drs_permits_local(int permits);

/* Bytes of shared memory, aligned as by MAXALIGN, for so many processes. */
extern Size drs_permits_size(int processes);

/* Prepare that memory, once, before anybody attaches. */
extern void drs_permits_init(void *shared, int permits, int processes);

/* Take part as the process of that number.  Allocates in the current memory context. */
extern PermitHolder *drs_permits_attach(void *shared, int number);

/* Take part no longer; gives back all permits that this process holds. */
extern void drs_permits_detach(PermitHolder *permit_holder);

/* Take a permit; false when there is none. */
extern bool drs_permits_take(PermitHolder *permit_holder);

/* Is there one?  If not, the latch of this process is set as soon as one is given back. */
extern bool drs_permits_await(PermitHolder *permit_holder);

/* Give permits back and wake those who wait for them. */
extern void drs_permits_give(PermitHolder *permit_holder, int permits);

#endif							/* DRS_PERMITS_H */

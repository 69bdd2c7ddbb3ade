/*
 * permits.h
 *		Permits to have a chunk in use, from sending it to writing its
 *		predictions; their number is limited.
 *
 * Permits are local, or shared by several processes.  Shared permits are
 * counted in shared memory that the caller provides; it must stay mapped
 * while a PermitHolder is attached to it.  There are no locks; a process that
 * waits does so on its latch.  Only the functions that allocate can raise.
 *
 * Each process that shares permits has a number of its own, from 0.  One that
 * ends without drs_permits_detach() keeps its permits: then all the others
 * must end, too.
 */
#ifndef DRS_PERMITS_H
#define DRS_PERMITS_H

typedef struct PermitHolder PermitHolder;

/* A holder with permits for this process alone, in the current memory context. */
extern PermitHolder *drs_permits_local(int permits);

/* Bytes of shared memory, to be aligned as by MAXALIGN, for that many processes. */
extern Size drs_permits_size(int processes);

/* Initialize that memory, once, before any process attaches. */
extern void drs_permits_init(void *shared, int permits, int processes);

/* Attach as the process with that number.  Allocates in the current memory context. */
extern PermitHolder *drs_permits_attach(void *shared, int number);

/* Detach, and give back all permits that this process holds. */
extern void drs_permits_detach(PermitHolder *permit_holder);

/* Take a permit; false when there is none. */
extern bool drs_permits_take(PermitHolder *permit_holder);

/* Is a permit available?  If not, the latch of this process is set when one is given back. */
extern bool drs_permits_await(PermitHolder *permit_holder);

/* Give permits back and wake the processes that wait for them. */
extern void drs_permits_give(PermitHolder *permit_holder, int permits);

#endif							/* DRS_PERMITS_H */

/*
 * pollset.h
 *		Sockets and a time behind one descriptor, for others who wait on one only.
 *
 * The descriptor is readable while a socket of the set is ready, and from the time on.
 * It can be in other sets: that is how PostgreSQL's executor waits for several scans.
 * Linux only.
 */
#ifndef DRS_POLLSET_H
#define DRS_POLLSET_H

#include "datatype/timestamp.h"

typedef struct PollSet PollSet;

/* An empty set in TopMemoryContext; NULL where there are none.  Raises. */
extern PollSet *drs_pollset_open(void);

/* Remove all sockets, and add one; its descriptor may be another one after that.  Both raise. */
extern void drs_pollset_clear(PollSet *set);
extern void drs_pollset_add(PollSet *set, int fd, bool reads, bool writes);

/* Be readable from that time of drs_clock() on; DT_NOEND: never. */
extern void drs_pollset_wake_at(PollSet *set, TimestampTz when);

extern int	drs_pollset_fd(const PollSet *set);

/* Never raises. */
extern void drs_pollset_close(PollSet *set);

#endif							/* DRS_POLLSET_H */

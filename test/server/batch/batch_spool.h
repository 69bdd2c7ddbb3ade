/*
 * Bytes of a job, in a file of the run directory that has no name: what was uploaded, and the
 * results. One thread appends, others may read what is there.
 */
#ifndef STANDIN_BATCH_SPOOL_H
#define STANDIN_BATCH_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct batch_spool
{
	int			fd;				/* -1: no byte yet */
	_Atomic uint64_t size;
};

void		batch_spool_init(struct batch_spool *s);

/* false: the disk is full, or the like; errno tells */
bool		batch_spool_append(struct batch_spool *s, const void *bytes, size_t len);

/* like pread */
ssize_t		batch_spool_read(const struct batch_spool *s, uint64_t at, void *out, size_t max);

/* gives the space of the first bytes back, which nobody will read any more */
void		batch_spool_forget(const struct batch_spool *s, uint64_t first);
void		batch_spool_free(struct batch_spool *s);

#endif

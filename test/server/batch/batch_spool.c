#define _GNU_SOURCE
#include "batch/batch_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/command_line.h"

void
batch_spool_init(struct batch_spool *s)
{
	s->fd = -1;
	s->size = 0;
}

/* Not every file system has O_TMPFILE. */
static int
open_nameless(void)
{
	char		path[4096];
	int			fd = open(options.run_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "%s/batch.XXXXXX", options.run_dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

bool
batch_spool_append(struct batch_spool *s, const void *bytes, size_t len)
{
	const char *from = bytes;

	if (s->fd < 0 && (s->fd = open_nameless()) < 0)
		return false;
	while (len > 0)
	{
		ssize_t		n = pwrite(s->fd, from, len, (off_t) s->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t) n;
		s->size += (uint64_t) n;
	}
	return true;
}

ssize_t
batch_spool_read(const struct batch_spool *s, uint64_t at, void *out, size_t max)
{
	ssize_t		n;

	do
		n = pread(s->fd, out, max, (off_t) at);
	while (n < 0 && errno == EINTR);
	return n;
}

void
batch_spool_forget(const struct batch_spool *s, uint64_t first)
{
	if (s->fd >= 0)
		(void) !fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t) first);
}

void
batch_spool_free(struct batch_spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	batch_spool_init(s);
}

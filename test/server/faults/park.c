#define _GNU_SOURCE
#include "faults/park.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/monotonic.h"
#include "http/http_request.h"

struct parked
{
	struct request *request;
	int			fd;
	int64_t		until;			/* microseconds, monotonic; -1: no end */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct parked *parked;
static size_t n_parked;
static size_t cap_parked;
static pthread_t watcher;
static int	bell = -1;
static atomic_bool stopping;
/* when park_release() was called; a request that began before may be parked after it */
static _Atomic int64_t released = -1;

static void
ring(void)
{
	uint64_t	one = 1;

	if (write(bell, &one, sizeof one) < 0)
		return;					/* it is ringing already */
}

void
park(struct request *r, long ms)
{
	int64_t		until = ms < 0 ? -1 : monotonic_now() + (int64_t) ms * 1000;

	MHD_suspend_connection(r->connection);
	pthread_mutex_lock(&lock);
	if (n_parked == cap_parked)
	{
		cap_parked = cap_parked ? cap_parked * 2 : 16;
		parked = must_realloc(parked, cap_parked * sizeof *parked);
	}
	parked[n_parked++] = (struct parked) {r, r->fd, until};
	pthread_mutex_unlock(&lock);
	ring();
}

/* Milliseconds until the first one is due, rounded up; -1: none waits for a time. */
static int
patience(void)
{
	int64_t		first = -1;
	int64_t		now = monotonic_now();

	for (size_t i = 0; i < n_parked; i++)
		if (parked[i].until >= 0 && (first < 0 || parked[i].until < first))
			first = parked[i].until;
	if (first < 0)
		return -1;
	return first <= now ? 0 : (int) ((first - now + 999) / 1000);
}

static void
wake(size_t i, bool gone)
{
	struct request *r = parked[i].request;

	parked[i] = parked[--n_parked];
	r->gone = r->gone || gone;
	MHD_resume_connection(r->connection);
}

/* From the last to the first, because waking one moves the last into its place. */
static void
wake_those_due(const struct pollfd *fds, size_t count)
{
	int64_t		now = monotonic_now();

	for (size_t i = count; i-- > 0;)
	{
		bool		gone = stopping ||
			(parked[i].until < 0 && parked[i].request->started <= released) ||
			(fds[i + 1].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));

		if (gone || (parked[i].until >= 0 && parked[i].until <= now))
			wake(i, gone);
	}
}

static void *
watch(void *unused)
{
	struct pollfd *fds = NULL;
	bool		more = true;

	while (more)
	{
		size_t		count;
		int			wait;
		uint64_t	rings;

		pthread_mutex_lock(&lock);
		count = n_parked;
		fds = must_realloc(fds, (count + 1) * sizeof *fds);
		fds[0] = (struct pollfd) {.fd = bell, .events = POLLIN};
		for (size_t i = 0; i < count; i++)
			fds[i + 1] = (struct pollfd) {.fd = parked[i].fd, .events = POLLRDHUP};
		wait = stopping ? 0 : patience();
		pthread_mutex_unlock(&lock);

		poll(fds, count + 1, wait);
		if ((fds[0].revents & POLLIN) && read(bell, &rings, sizeof rings) < 0)
			continue;

		/* only this thread removes entries, so the first `count` are still the same */
		pthread_mutex_lock(&lock);
		wake_those_due(fds, count);
		more = !stopping || n_parked > 0;
		pthread_mutex_unlock(&lock);
	}
	free(fds);
	return unused;
}

void
park_start(void)
{
	bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_create(&watcher, NULL, watch, NULL);
}

void
park_release(void)
{
	released = monotonic_now();
	ring();
}

void
park_stop(void)
{
	stopping = true;
	ring();
	pthread_join(watcher, NULL);
	close(bell);
	free(parked);
	parked = NULL;
	n_parked = cap_parked = 0;
}

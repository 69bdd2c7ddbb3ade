/*
 * pollset.c
 *		An epoll set with a timer in it.
 */
#include "postgres.h"

#include <unistd.h>

#include "storage/fd.h"
#include "utils/memutils.h"

#include "base/clock.h"
#include "base/compat.h"
#include "http/pollset.h"

#if DRS_HAS_POLLSET

#include <sys/epoll.h>
#include <sys/timerfd.h>

struct PollSet
{
	int			epoll;			/* -1: to be opened */
	int			timer;			/* the same */
};

/* Raise for errno, which one of the calls below has set. */
pg_noreturn static void
fail(void)
{
	ereport(ERROR,
			(errcode_for_socket_access(),
			 errmsg("could not watch the connections to a server: %m")));
}

/* A descriptor that was opened and counts as a file of ours; -1: it could not be opened. */
static int
counted(int fd)
{
	if (fd < 0)
		ReleaseExternalFD();
	return fd;
}

static int
open_epoll(void)
{
	return AcquireExternalFD() ? counted(epoll_create1(EPOLL_CLOEXEC)) : -1;
}

static int
open_timer(void)
{
	return AcquireExternalFD() ?
		counted(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) : -1;
}

static void
close_counted(int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	ReleaseExternalFD();
	*fd = -1;
}

PollSet *
drs_pollset_open(void)
{
	PollSet    *set = MemoryContextAlloc(TopMemoryContext, sizeof(PollSet));

	set->epoll = set->timer = -1;
	return set;
}

/* A new epoll set, since the old one may have sockets that were closed and opened again. */
void
drs_pollset_clear(PollSet *set)
{
	close_counted(&set->epoll);
	if (set->timer < 0)
		set->timer = open_timer();
	if (set->timer >= 0)
		set->epoll = open_epoll();
	if (set->epoll < 0)
		fail();
	drs_pollset_add(set, set->timer, true, false);
}

void
drs_pollset_add(PollSet *set, int fd, bool reads, bool writes)
{
	struct epoll_event event = {
		.events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0),
	};

	if (epoll_ctl(set->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		fail();
}

void
drs_pollset_wake_at(PollSet *set, TimestampTz when)
{
	struct itimerspec timer = {0};	/* no time: never */

	if (when != DT_NOEND)
	{
		int64		left = Max(when - drs_clock(), 0);

		timer.it_value.tv_sec = left / USECS_PER_SEC;
		timer.it_value.tv_nsec = left % USECS_PER_SEC * 1000 + 1;
	}
	if (timerfd_settime(set->timer, 0, &timer, NULL) < 0)
		fail();
}

int
drs_pollset_fd(const PollSet *set)
{
	return set->epoll;
}

void
drs_pollset_close(PollSet *set)
{
	close_counted(&set->epoll);
	close_counted(&set->timer);
	pfree(set);
}

#else

PollSet *
drs_pollset_open(void)
{
	return NULL;
}

void
drs_pollset_clear(PollSet *set)
{
}

void
drs_pollset_add(PollSet *set, int fd, bool reads, bool writes)
{
}

void
drs_pollset_wake_at(PollSet *set, TimestampTz when)
{
}

int
drs_pollset_fd(const PollSet *set)
{
	return -1;
}

void
drs_pollset_close(PollSet *set)
{
}

#endif

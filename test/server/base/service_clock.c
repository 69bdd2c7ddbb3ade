#include "base/service_clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t added;

int64_t
service_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000 + added;
}

void
service_clock_move(int64_t microseconds)
{
	added += microseconds;
}

void
service_clock_reset(void)
{
	added = 0;
}

/* The monotonic clock, in microseconds. */
#ifndef STANDIN_MONOTONIC_H
#define STANDIN_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t
monotonic_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#endif

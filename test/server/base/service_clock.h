/* The service's clock, which tests can set: the real time, and what they have added to it. */
#ifndef STANDIN_SERVICE_CLOCK_H
#define STANDIN_SERVICE_CLOCK_H

#include <stdint.h>

/* microseconds since 1970 UTC */
int64_t		service_now(void);

/* moves the clock by so many microseconds, back if negative */
void		service_clock_move(int64_t microseconds);

/* from now on it is the real time again */
void		service_clock_reset(void);

#endif

/* What happened, counted per deployment, for tests to read. */
#ifndef STANDIN_COUNTERS_H
#define STANDIN_COUNTERS_H

#include <jansson.h>
#include <stdint.h>

struct deployment;

void		counters_start(void);
void		counters_stop(void);

void		counters_connection(void);

/* a connection that was counted turns out to be the test's own, to the control routes */
void		counters_no_client(void);
void		counters_other(void);

/* the header of a prediction request has arrived; its reply has been handed over */
void		counters_enter(const struct deployment *d);
void		counters_leave(const struct deployment *d);

/* its reply is decided; status 0: the connection ends without a status line */
void		counters_answer(const struct deployment *d, int status, uint64_t rows, uint64_t bytes);

void		counters_reset(void);
json_t	   *counters_read(void);

#endif

/*
 * The control routes of batch, for tests: its settings, jobs and clock, a restart. They are not
 * DataRobot's.
 */
#ifndef STANDIN_BATCH_CONTROL_H
#define STANDIN_BATCH_CONTROL_H

#include <jansson.h>
#include <stdbool.h>

struct request;

/* path: after /standin/batch; false: there is no such route */
bool		batch_control_answer(struct request *r, const char *path);

/* what was counted; the caller owns it */
json_t	   *batch_control_counters(void);

#endif

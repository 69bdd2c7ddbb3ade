/* When a job definition runs (docs/api.md 3.3). */
#ifndef STANDIN_BATCH_SCHEDULE_H
#define STANDIN_BATCH_SCHEDULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A bit for each value; all bits: "*". */
struct batch_schedule
{
	uint64_t	minutes;
	uint64_t	hours;
	uint64_t	days;			/* of the month, from 1 */
	uint64_t	months;			/* from 1 */
	uint64_t	weekdays;		/* Sunday is 0 */
};

/* adds an error for each part that is not as it should be */
void		batch_schedule_read(const json_t *json, struct batch_schedule *s, json_t *errors);

/* the first time after this one, in seconds since 1970 UTC; -1: never */
int64_t		batch_schedule_next(const struct batch_schedule *s, int64_t after);

#endif

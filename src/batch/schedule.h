/*
 * schedule.h
 *		Schedules of job definitions (docs/api.md 3.3), given as JSON or as cron
 *		has them.
 */
#ifndef DRS_SCHEDULE_H
#define DRS_SCHEDULE_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "batch/scheduleparts.h"

/*
 * Read a schedule: a text that begins with a brace is JSON, with names in either
 * spelling, and any other is that of cron.  Returns it as the wire has it, palloc'd,
 * and in *schedule.  Raises 22023 for what is neither, or cannot be expressed; WARNING
 * for one that never comes, or comes more often than the service allows.
 */
extern Jsonb *drs_schedule_read(const char *text, Schedule *schedule);

/* The first time after that moment, in UTC; false when there is none within some years. */
extern bool drs_schedule_next(const Schedule *schedule, TimestampTz after, TimestampTz *next);

#endif							/* DRS_SCHEDULE_H */

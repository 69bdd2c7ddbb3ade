/*
 * schedule.h
 *		Schedules of job definitions (docs/api.md 3.3), given as JSON or as cron
 *		has them.
 */
#ifndef DRS_SCHEDULE_H
#define DRS_SCHEDULE_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

typedef enum SchedulePart
{
	PART_MINUTE,
	PART_HOUR,
	PART_DAY,					/* of the month */
	PART_MONTH,
	PART_WEEKDAY,				/* 0 to 6, from Sunday */
	SCHEDULE_PARTS
} SchedulePart;

/* The numbers of each part, as bits, and which parts are "*". */
typedef struct Schedule
{
	uint64		numbers[SCHEDULE_PARTS];
	bool		any[SCHEDULE_PARTS];
} Schedule;

/* What a part may be. */
typedef struct ScheduleWords
{
	const char *name;			/* the client's */
	const char *wire_name;
	int			min;
	int			max;
	const char *const *words;	/* names for min to max, of which three letters suffice; NULL: none */
} ScheduleWords;

extern const ScheduleWords drs_schedule_words[SCHEDULE_PARTS];

/* The number of a name, which has len bytes, in any case of letters; -1 when it is none. */
extern int	drs_schedule_number(SchedulePart part, const char *name, int len);

/* The bits of all numbers of a part. */
extern uint64 drs_schedule_all(SchedulePart part);

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

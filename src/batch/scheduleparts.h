/*
 * scheduleparts.h
 *		The parts of a schedule, and the numbers and names that they are made of
 *		(docs/api.md 3.3).
 */
#ifndef DRS_SCHEDULEPARTS_H
#define DRS_SCHEDULEPARTS_H

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
	const char *const *words;	/* names for min to max, of which three letters suffice;
								 * NULL: none */
} ScheduleWords;

extern const ScheduleWords drs_schedule_words[SCHEDULE_PARTS];

/* The number of a name, which has len bytes, in any case of letters; -1 when it is none. */
extern int	drs_schedule_number(SchedulePart part, const char *name, int len);

/* The bits of all numbers of a part. */
extern uint64 drs_schedule_all(SchedulePart part);

#endif							/* DRS_SCHEDULEPARTS_H */

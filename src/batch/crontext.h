/*
 * crontext.h
 *		Translates what cron calls a schedule.
 */
#ifndef DRS_CRONTEXT_H
#define DRS_CRONTEXT_H

#include "batch/scheduleparts.h"

/*
 * Read five fields, or a word such as @daily.  Raises 22023, with the reason,
 * for other texts, and for what a schedule of the service cannot express.
 */
extern void drs_crontext_read(const char *text, Schedule *schedule);

#endif							/* DRS_CRONTEXT_H */

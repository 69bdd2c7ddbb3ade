/*
 * waitevents.c
 *		Names for what this extension waits for.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/waitevents.h"

static const char *const names[] = {
	[WAIT_FOR_ANSWER] = "DataRobotAnswer",
	[WAIT_FOR_WORKERS] = "DataRobotWorkers",
	[WAIT_FOR_READERS] = "DataRobotReaders",
	[WAIT_TO_WRITE_AGAIN] = "DataRobotWriteAgain"
};

uint32
drs_wait_event(WaitCause cause)
{
	static uint32 events[lengthof(names)];	/* 0: not asked for yet in this process */

	if (events[cause] == 0)
		events[cause] = drs_new_wait_event(names[cause]);
	return events[cause];
}

/*
 * pause.c
 *		Waits for a time.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/compat.h"
#include "base/pause.h"

void
drs_pause_until(TimestampTz end, WaitCause cause)
{
	long		left;

	InvalidateCatalogSnapshotConditionally();
	while ((left = TimestampDifferenceMilliseconds(drs_clock(), end)) > 0)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left,
						 drs_wait_event(cause));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

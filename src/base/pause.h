/*
 * pause.h
 *		Waits for a time.
 */
#ifndef DRS_PAUSE_H
#define DRS_PAUSE_H

#include "base/waitevents.h"
#include "datatype/timestamp.h"

/* Wait until drs_clock() is so far, checking for interrupts, so it can raise. */
extern void drs_pause_until(TimestampTz end, WaitCause cause);

#endif							/* DRS_PAUSE_H */

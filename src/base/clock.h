/*
 * clock.h
 *		A clock that nobody can set, for timeouts and pauses.
 *
 * The time of day jumps: by NTP, by hand, or when a virtual machine is
 * resumed.  A request would time out at once, or a pause last for an hour.
 */
#ifndef DRS_CLOCK_H
#define DRS_CLOCK_H

#include "datatype/timestamp.h"
#include "portability/instr_time.h"

/*
 * Microseconds, of the type that PostgreSQL's functions take; to be compared with each
 * other only.
 */
static inline TimestampTz
drs_clock(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (TimestampTz) INSTR_TIME_GET_MICROSEC(now);
}

#endif							/* DRS_CLOCK_H */

/*
 * rejectlimit.h
 *		How many rows may be rejected before the whole call fails.
 */
#ifndef DRS_REJECTLIMIT_H
#define DRS_REJECTLIMIT_H

#include "config/option.h"

typedef struct RejectLimit
{
	int64		rows;			/* at most; -1: no such limit */
	double		percent;		/* of the rows read so far, at most; below 0: no such limit */
	int64		bytes;			/* of rejected records, at most; -1: no such limit */
	bool		preset;			/* no limit was given, so DataRobot's own applies */
} RejectLimit;

/* What has become of the rows so far. */
typedef struct RejectTally
{
	int64		read;			/* rows read, whether answered or not */
	int64		settled;		/* rows answered or rejected */
	int64		rejected;
	int64		bytes;			/* of the records of the rejected */
} RejectTally;

/*
 * The limit that the options set.  Raises 22023 for an invalid value, and for a limit
 * of a call that rejects no rows.
 */
extern RejectLimit drs_reject_limit(const Options *options);

/* Raise 22000 when the tally is above the limit; last is why the last row was rejected. */
extern void drs_reject_limit_check(const RejectLimit *limit, const RejectTally *tally,
								   const char *last);

#endif							/* DRS_REJECTLIMIT_H */

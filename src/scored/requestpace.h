/*
 * requestpace.h
 *		How long the requests of scans have taken in this session.
 *
 * For estimates only: nothing is asked, and nothing is shared between
 * sessions.
 */
#ifndef DRS_REQUESTPACE_H
#define DRS_REQUESTPACE_H

#include "base/callcounters.h"
#include "scored/scoredtable.h"

/* In microseconds; below 0: not known. */
typedef struct RequestPace
{
	double		request_us;		/* of a request of few rows, from its start to its end */
	double		row_us;			/* of a row in a large request, at the server */
} RequestPace;

/* Learn from a stream of a scan of that table, when it is closed. */
extern void drs_requestpace_learn(const ScoredTable *table, const CallCounters *counters);

/* What is known of the deployment of that table. */
extern RequestPace drs_requestpace(const ScoredTable *table);

#endif							/* DRS_REQUESTPACE_H */

/*
 * workers.h
 *		Several background workers for the parts of one run.
 */
#ifndef DRS_WORKERS_H
#define DRS_WORKERS_H

#include "base/callcounters.h"
#include "config/option.h"
#include "into/feedback.h"
#include "into/target.h"
#include "rows/reader.h"

/* Raise when processes cannot share what a run reads or writes. */
extern void drs_workers_check(const Options *options, const Target *target, const Reader *reader,
							  Feedback feedback);

/*
 * Have the parts of a run in the ledger scored and written, each by a worker, and
 * wait for all of them.  They share this many permits to have a chunk sent and not
 * committed; 0: none are needed.  What they send is added to the counters.  Returns
 * NULL, or the error of the first that failed.
 */
extern ErrorData *drs_workers_run(int64 run_id, int nparts, int permits,
								  CallCounters *counters);

#endif							/* DRS_WORKERS_H */

/*
 * workers.h
 *		Several background workers for the parts of one run.
 */
#ifndef DRS_WORKERS_H
#define DRS_WORKERS_H

#include "into/run.h"

/* Raise when what a run reads or writes is to be seen by this session only. */
extern void drs_workers_check(const Run *run);

/* Cut the key range of a new run that is in the ledger, and note there where. */
extern void drs_workers_split(Run *run);

/*
 * Have the parts of a run scored and written by as many workers, and wait for
 * them.  Raises the error of the first that fails, when all have ended; the
 * run is then marked in the ledger.
 */
extern void drs_workers_run(Run *run);

#endif							/* DRS_WORKERS_H */

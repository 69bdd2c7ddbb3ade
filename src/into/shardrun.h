/*
 * shardrun.h
 *		The run in the ledger of the coordinator whose shards have runs of their own, in
 *		the ledgers of their nodes.
 */
#ifndef DRS_SHARDRUN_H
#define DRS_SHARDRUN_H

#include "into/ledger.h"

/*
 * Begin a run, or with resume continue the newest one of the same call, and lock it
 * until the current memory context goes.  Fills in its id and mark.  False: that one is
 * complete, and there is nothing to do.  Raises 22023 when the newest is incomplete and
 * the call differs from it, 55006 when it is running.
 */
extern bool drs_shardrun_open(LedgerRun *run, bool resume);

/* Record how it ended; message: what it failed with, or NULL. */
extern void drs_shardrun_end(const LedgerRun *run, const char *message);

#endif							/* DRS_SHARDRUN_H */

/*
 * run.h
 *		One run of score_into, from the call to its end.
 *
 * A run either is sliced, commits as it goes and can be continued, which is what the
 * functions on claiming, beginning and slices are about; or it is part of the
 * caller's transaction.  Either way it is prepared from a call first.  All functions
 * raise what SQL raises.
 */
#ifndef DRS_RUN_H
#define DRS_RUN_H

#include "storage/barrier.h"

#include "base/callcounters.h"
#include "config/option.h"
#include "into/ledger.h"
#include "realtime/permits.h"

typedef struct Run Run;

/* What a call asks for. */
typedef struct RunCall
{
	char	   *deployment;		/* NULL: the server's default */
	char	   *query;
	char	   *output;			/* the target, as the call names it */
	Jsonb	   *arguments;		/* all options */
} RunCall;

/* The call that made a run in the ledger. */
extern RunCall drs_run_call_of(const LedgerRun *record);

/*
 * Resolve what a call names, and decide how it can run.  bound says, as a clause, why
 * it must not end transactions; NULL: it may.  May ask the public API where to score,
 * but reads and sends no rows.  Palloc'd, as is all that it allocates later.
 */
extern Run *drs_run_prepare(const RunCall *call, const char *bound);

/* Why it runs in one transaction, as a clause; NULL: it is sliced. */
extern const char *drs_run_why_whole(const Run *run);

extern const Options *drs_run_options(const Run *run);	/* of the call, those of
														 * its server included */
extern int64 drs_run_id(const Run *run);	/* in the ledger; 0: not yet there */

/* What it has committed, now and earlier, by all of its workers. */
extern LedgerCounts drs_run_counts(const Run *run);

/* Score and write everything in the transaction of the caller. */
extern void drs_run_in_transaction(Run *run);

/* Keep the call apart from identical ones, and skip it, as in callclaim.h. */
extern bool drs_run_claim_call(const Run *run, IfRunning if_running, bool may_commit, int *holder);
extern void drs_run_skip(Run *run, int holder);

/*
 * Find the run that the call continues, and make it the call's own.  False: there is
 * none, or only a completed one that the call differs from.  Raises 22023 when the call
 * differs from one that is not completed.
 */
extern bool drs_run_find(Run *run);

/* Make the run of this record the call's own, likewise. */
extern void drs_run_adopt(Run *run, const LedgerRun *record);

/* Is the run that was found or adopted completed? */
extern bool drs_run_is_complete(const Run *run);

/*
 * Begin a new sliced run, or continue one that was found or adopted: check all that
 * can be checked before a row is sent, take its lock, and enter it in the ledger as
 * running.  The caller commits that, then has the run scored.
 */
extern void drs_run_begin(Run *run);
extern void drs_run_continue(Run *run);

/*
 * Score and write it to its end, alone or by workers, and record that in the ledger.
 * Ends transactions.
 */
extern void drs_run_score(Run *run);

/* The part of a run that a worker scores. */
typedef struct RunPart
{
	int			number;			/* from 1 */
	int			nparts;			/* of the run: they share the limits of its options */
	List	   *upto;			/* key where it ends, of char *; NIL: the end of the run */
	LedgerPosition position;	/* after which it begins */
	PermitHolder *permits;		/* shared by all parts; NULL: there are none */
	CallCounters *counters;		/* what the part sends; NULL: those of the run */
	Barrier    *all_have_read;	/* if parts must not write before each has read: where
								 * they meet */
} RunPart;

/*
 * Open a part of a run that was adopted, under a snapshot, and score and write it,
 * committing as it goes.  What the part points to must live as long.  The leader
 * records how it ended.
 */
extern void drs_run_open_part(Run *run, const RunPart *part);
extern void drs_run_score_part(Run *run);

#endif							/* DRS_RUN_H */

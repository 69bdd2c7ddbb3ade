/*
 * run.h
 *		One run of score_into: everything it needs, and its two ways to go.
 */
#ifndef DRS_RUN_H
#define DRS_RUN_H

#include "storage/barrier.h"

#include "api/address.h"
#include "base/compat.h"
#include "config/endpoint.h"
#include "into/feedback.h"
#include "into/forecasts.h"
#include "into/ledger.h"
#include "into/rejectlimit.h"
#include "into/slice.h"
#include "into/targetpartition.h"
#include "into/writer.h"
#include "realtime/pipelineplan.h"
#include "rows/predictionstream.h"
#include "rows/reader.h"

typedef struct Run
{
	MemoryContext cxt;			/* owns all of it */
	MemoryContext step_cxt;		/* reset after every transaction */
	LedgerRun	record;			/* as in the ledger; id 0 before it is there */
	Endpoint   *endpoint;
	Request    *request;
	const Options *options;		/* the endpoint's */
	Target	   *target;
	Columns    *columns;		/* from here on: once the query's columns are known */
	Output	   *output;
	PartitionCheck *partitions; /* NULL: nothing can be said before rows are written */
	TargetWriter	   *writer;
	PipelinePlan plan;			/* how rows are scored */
	PredictionStream *stream;
	Slice	   *slice;			/* being gathered */
	bool		forecasts;		/* of time series; the next two are about these */
	const char *needed_column;	/* see forecasts.h; NULL: there is none */
	ScoredSeries *scored;		/* rows that came to it since are left out; NULL: it is behind us */
	RejectLimit reject_limit;

	bool		sliced;
	Reader	   *reader;			/* sliced only, as the rest */
	Feedback	feedback;		/* can it read what it writes? */
	Barrier    *all_have_read;	/* workers that must not write before each has read; NULL: they may */
	bool		in_worker;		/* then the leader writes to the ledger how it ended */
	int			part;			/* of the key range, from 1 */
	int			slices;			/* committed */
	LedgerCounts before;		/* what the whole run had committed when this began */
	LedgerCounts counts;		/* what this has committed since */
	int64		rejected_bytes;
	bool		input_ended;
	bool		full;			/* the slice, for which more is there */
	bool		due;			/* the slice is to be written */
	bool		target_noted;	/* with it: the target's identity */
	LedgerSlice written;		/* its entry, until that is committed; its number: slices + 1 when there is one */
	bool		to_release;		/* permits of answers that were taken are to be given back */
	TimestampTz committed_at;
} Run;

/* What a call asks for. */
typedef struct RunCall
{
	char	   *deployment;		/* NULL: the server's default */
	char	   *query;
	char	   *output;			/* the target, as the call names it */
	Jsonb	   *arguments;		/* all options */
} RunCall;

/*
 * Resolve what a call names, and find out how it can go: sliced when its
 * options allow it, else reason says why not, as a clause.  bound is such a
 * clause when it must not end transactions, else NULL.  Reads and sends
 * nothing.  Palloc'd.
 */
extern Run *drs_run_prepare(const RunCall *call, const char *bound, const char **reason);

/*
 * Open a part of a sliced run behind position, up to the key upto (NIL: to
 * the end), and check all that can be checked before a row is sent.  Under a
 * snapshot.
 */
extern void drs_run_open(Run *run, int part, const LedgerPosition *position, List *upto);

/*
 * Score and write a part of a sliced run that was opened, committing as it
 * goes.  But in a worker, that completes the run.
 */
extern void drs_run_slices(Run *run);

/* Note in the ledger that all parts are done. */
extern void drs_run_complete(Run *run);

/* Note in the ledger why a run failed, and raise it. */
pg_noreturn extern void drs_run_fail(Run *run, ErrorData *error);

/* Score and write everything in the transaction of the caller. */
extern void drs_run_in_transaction(Run *run);

#endif							/* DRS_RUN_H */

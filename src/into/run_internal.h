/*
 * run_internal.h
 *		What the files that make up a run (run*.c) share; nobody else includes it.
 */
#ifndef DRS_RUN_INTERNAL_H
#define DRS_RUN_INTERNAL_H

#include "api/address.h"
#include "base/compat.h"
#include "config/endpoint.h"
#include "into/feedback.h"
#include "into/forecasts.h"
#include "into/ledgerjob.h"
#include "into/rejectlimit.h"
#include "into/run.h"
#include "into/slice.h"
#include "into/targetpartition.h"
#include "into/writer.h"
#include "realtime/pipelineplan.h"
#include "rows/predictionstream.h"
#include "rows/reader.h"

struct Run
{
	MemoryContext cxt;			/* owns all of it */
	MemoryContext step_cxt;		/* reset after every transaction */
	LedgerRun	record;			/* as in the ledger; id 0 before it is there */
	Endpoint   *endpoint;
	Request    *request;
	const Options *options;		/* the endpoint's */
	const StatementTraits *traits;	/* of the call's statement type */
	const char *why_whole;		/* why it is one transaction, as a clause; NULL: it is sliced */
	bool		sliced;
	Target	   *target;
	PipelinePlan plan;			/* how rows are scored; its permits are for chunks sent
								 * and not yet committed */
	bool		forecasts;		/* of time series */
	RejectLimit reject_limit;

	/* once the query's columns are known */
	Columns    *columns;
	Output	   *output;
	PartitionCheck *partitions; /* NULL: nothing is known before rows are written */
	TargetWriter *writer;
	PredictionStream *stream;
	Slice	   *slice;			/* being gathered */
	const char *needed_column;	/* by forecasts, see forecasts.h; NULL: there is none */

	/* of a run that scores by batch jobs: see runjobs.c */
	bool		by_jobs;
	bool		continues;		/* there may be jobs of before */
	List	   *marked;			/* ids of jobs, of char *, that have the run's mark at the
								 * service; in the end, of those not recorded */
	List	   *begun_after;	/* key, of char *; NIL: none */
	List	   *upto;			/* key where the part ends, of char *; NIL: the end of the run */
	List	   *sections;		/* of LedgerJob *, in the order of keys: how the rows of
								 * former jobs are scored */
	LedgerJob  *section;		/* the one that the stream is for; NULL: the rest */
	Datum	   *section_end;	/* its last key */
	Spool	   *next_row;		/* the row after it, that was read; NULL: none yet */
	int			jobs_before;	/* recorded before the stream was opened */
	List	   *jobs;			/* of the stream, of LedgerJob *, until their predictions
								 * are committed */
	List	   *last_put;		/* key, of char *, of the row after which the stream had no
								 * room last */

	/* what it reads, and how far it is */
	Reader	   *reader;
	Feedback	feedback;		/* can it read what it writes? */
	Barrier    *all_have_read;	/* of workers, which must not write before each has
								 * read; NULL: they may */
	ScoredSeries *scored;		/* the series where the run was interrupted: its new
								 * rows are left out; NULL: it is passed */
	bool		in_worker;		/* then the leader records in the ledger how it ended */
	int			part;			/* of the key range, from 1 */
	int			slices;			/* committed */
	LedgerCounts before;		/* what the whole run had committed when this began */
	LedgerCounts counts;		/* what this has committed since */
	int64		rejected_bytes; /* of these */
	bool		input_ended;
	bool		stream_ended;	/* no more rows go into the stream */
	int64		rows_numbered;	/* rows before the stream's first, by their numbers */
	bool		full;			/* the slice is, and there are more predictions */
	bool		due;			/* the slice is to be written */
	LedgerSlice written;		/* its entry, until that is committed; its number is
								 * slices + 1 if there is one */
	bool		target_noted;	/* likewise: with it, the target's identity was recorded */
	bool		to_release;		/* permits of answers that were taken are to be released */
	TimestampTz committed_at;
};

/* runprepare.c: score by batch jobs, or by requests; as a run that is continued did. */
extern void drs_run_choose_method(Run *run, const char *deployment, bool by_jobs);

/*
 * runopen.c: from the query's columns on.  The stages check all that can be checked
 * on the target.
 */
extern void drs_run_open(Run *run, const RunPart *part);
extern void drs_run_open_stages(Run *run, TupleDesc desc);
extern void drs_run_open_stream(Run *run);
extern int	drs_run_rows_per_read(const Run *run);	/* rows that fill the stream, about */

/* runread.c: puts rows into the stream. */
extern void drs_run_begin_reading(Run *run);
extern void drs_run_await_readers(Run *run);
extern void drs_run_read(Run *run);

/*
 * rungather.c: takes predictions into the slice; true when that is to be written
 * before more are taken.
 */
extern bool drs_run_gather(Run *run);
extern void drs_run_gather_decoded(Run *run);	/* only those that are there without a
												 * look at the network, which can raise */
extern void drs_run_await_answer(Run *run);
extern void drs_run_take_answers(Run *run);
extern void drs_run_check_model(const Run *run, const char *first, const char *model_id);
extern void drs_run_check_rejections(const Run *run);

/*
 * runwrite.c: writes the slice and its entry; both or neither will be committed.
 * Then one of two is called: settle, to begin the next slice, or undo, which makes
 * this one what it was.  The writer is one whose failed rows are rejected.
 */
extern TargetWriter *drs_run_open_writer(Run *run);
extern void drs_run_write_slice(Run *run);
extern void drs_run_settle_write(Run *run);
extern void drs_run_undo_write(Run *run);

/*
 * runjobs.c: the batch jobs of a sliced run.  Those of before are looked for once, in
 * steps: what the ledger has of them needs a snapshot, and what the service says must be
 * waited for without one.  Then each section of the keys has a stream of its own.
 */
extern void drs_run_find_marked(Run *run);	/* at the service */
extern void drs_run_leave_recorded(Run *run);	/* those in the ledger */
extern void drs_run_abort_unrecorded(Run *run); /* the others, at the service */
extern void drs_run_find_jobs(Run *run);	/* in the ledger */
extern void drs_run_look_at_jobs(Run *run); /* at the service */
extern void drs_run_divide_keys(Run *run);	/* by what was found, which the ledger gets */
extern void drs_run_next_section(Run *run);
extern bool drs_run_is_past_section(const Run *run, const Datum *values);
extern void drs_run_record_jobs(Run *run);	/* what the stream wants to have recorded */
extern void drs_run_note_job(Run *run); /* the same, in this transaction */
/* with a slice, whose commit makes predictions of jobs permanent */
extern void drs_run_settle_jobs(Run *run);
extern void drs_run_forget_jobs(Run *run);
extern void drs_run_abort_jobs(Run *run, const ErrorData *error);

/* runend.c: records how it ended. */
extern void drs_run_note_end(Run *run); /* that it is complete, in this transaction */
/* in one of its own; raises the error */
pg_noreturn extern void drs_run_fail(Run *run, ErrorData *error);

/* runstep.c: one thing a sliced run does, in a transaction that ends with it. */
typedef enum RunStepKind
{
	STEP_BEGIN_READING,
	STEP_AWAIT_READERS,
	STEP_FIND_MARKED,
	STEP_LEAVE_RECORDED,
	STEP_ABORT_UNRECORDED,
	STEP_FIND_JOBS,
	STEP_LOOK_AT_JOBS,
	STEP_DIVIDE_KEYS,
	STEP_NEXT_SECTION,
	STEP_NOTE_JOB,
	STEP_READ,
	STEP_READ_SPOOL,			/* the same from a spool, which needs no snapshot */
	STEP_AWAIT_ANSWER,
	STEP_TAKE,
	STEP_WRITE,
	STEP_END,
	STEP_NOTE_END
} RunStepKind;

/* An error is noted in the ledger before it is raised. */
extern void drs_run_step(Run *run, RunStepKind kind);

#endif							/* DRS_RUN_INTERNAL_H */

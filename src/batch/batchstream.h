/*
 * batchstream.h
 *		A PredictionStream that scores rows by jobs of the Batch Prediction API.
 *
 *		put ──► encode ──► upload ══► service ══► download ──► order ──► decode ──► take
 *				  └── kept columns in a spool until their prediction is taken ──┘
 *
 * A job has at most as many rows as the option batch_rows.  Its result comes
 * down while its rows are sent.  Each row carries columns of ours that the
 * service passes through: its number in the job, by which the result is put in
 * order, and the key columns, by which a result that is read again is matched.
 */
#ifndef DRS_BATCHSTREAM_H
#define DRS_BATCHSTREAM_H

#include "base/compat.h"
#include "batch/jobjournal.h"
#include "config/endpoint.h"
#include "decode/resultshape.h"
#include "http/request.h"
#include "rows/predictionstream.h"
#include "rows/sourcecolumns.h"

/* How rows are to be scored by jobs, decided before the first row is put. */
typedef struct BatchPlan
{
	/* number of the first row; does not affect counts of rows, which begin at 0 */
	uint64		first_row;

	/*
	 * Rows may fail by themselves: those whose status in the result is not OK,
	 * those not convertible to UTF-8, and those with a value in the result
	 * that its column rejects.  They are returned in their place, with their
	 * number, kept columns and error; all else is NULL.  Takes use
	 * subtransactions.  Otherwise the first such row ends the call.
	 */
	bool		isolates;

	/*
	 * The caller records jobs before they get rows (jobjournal.h).  Otherwise the
	 * stream continues by itself.
	 */
	bool		is_recorded;

	/*
	 * Letters and digits that become part of the name of the number column, and
	 * so of passthroughColumns of the job: by them, jobs of a run can be found at
	 * the service that it was killed before it could record.  NULL: none.  A job
	 * is read again with the mark that it was made with.
	 */
	const char *mark;
} BatchPlan;

/*
 * Open a stream in a new child of the current memory context; its reset ends
 * whatever is in flight, but leaves the job at the service as it is.  request
 * is that of drs_address_batch().  Rows that are put have the columns of
 * columns->desc, and predictions have those of shape.  The arguments must live
 * as long, except the plan, which is copied.  The stream does not depend on
 * the transaction that it was opened in.  Sends nothing yet.  Raises for
 * options that a job does not have, and for columns with names of ours.
 *
 * All functions of the stream can raise, also with what the service says of
 * the job; after an error, the stream can only be closed.  drs_stream_close()
 * aborts a job at the service that did not get all its rows, within a short
 * time and without an error.  One that did is left there if it is recorded: its
 * result can be read again.  drs_stream_finish() is needed: while it was not
 * called, await and take return false when another row can be put.
 */
extern PredictionStream *drs_batchstream_open(Endpoint *endpoint, Request *request,
											  const Columns *columns, const Shape *shape,
											  const BatchPlan *plan);

/*
 * Open a stream that reads the result of a job again which had got all its
 * rows, that many: nothing is sent.  The plan and the columns must be those that the job
 * was made with; first_row is the number of the job's first row, is_recorded
 * has no meaning.  Puts no limit on the time that the job still needs.
 *
 * Rows are put in the order of the key, and are matched with the records of
 * the result by the key columns that came through.  A row without a record has
 * no prediction: it counts as taken without one.  A record without a row is
 * skipped.  The caller puts only rows of the job's range of keys; the first
 * may be any row of it, as after a part of the result was used.  When it has
 * put the last one, it calls drs_stream_finish().
 *
 * Raises 42704 when the job or its result is no longer there, before a prediction
 * can be taken, unless the result goes meanwhile; the caller closes the stream and
 * sends the rows again.
 */
extern PredictionStream *drs_batchstream_reread(Endpoint *endpoint, Request *request,
												const Columns *columns, const Shape *shape,
												const BatchPlan *plan, const char *job_id,
												uint64 rows);

/*
 * For PG_CATCH(): close the stream, which may be of any kind or NULL, and throw the
 * error again.  cxt: the memory context before PG_TRY().
 */
pg_noreturn extern void drs_batchstream_fail(PredictionStream *stream, MemoryContext cxt);

/*
 * Is a job overdue by the option job_timeout, but to be left at the service?  The error
 * about that looks like a cancel, which would not leave it.
 */
extern bool drs_batchstream_leaves_jobs(const PredictionStream *stream);

/* The same of a stream that reads a result again; false for all others. */
extern bool drs_batchstream_leaves_reread(const PredictionStream *stream);

#endif							/* DRS_BATCHSTREAM_H */

/*
 * writer.h
 *		Writes gathered rows to the target.
 */
#ifndef DRS_WRITER_H
#define DRS_WRITER_H

#include "base/compat.h"
#include "into/statement.h"
#include "into/targetoutput.h"
#include "rows/predictionstream.h"
#include "rows/spool.h"

typedef struct TargetWriter TargetWriter;

/* Called for a row that could not be written; the values are those of the gathered row. */
typedef void (*UnwrittenRow) (const Datum *values, const bool *isnull, const ErrorData *error,
							  void *arg);

/*
 * Make a writer in the current memory context; what the task points to must live as
 * long.  If the task is sliced, deferred constraints are checked at the end of each
 * write.  If the options say that rows may be rejected, failed is called with arg for
 * each row that could not be written; else the error is raised.
 */
extern TargetWriter *drs_writer_open(const WriteTask *task, UnwrittenRow failed, void *arg);

/*
 * Have the statements checked without running them: names, types, privileges,
 * indexes.  Needs a snapshot.
 */
extern void drs_writer_check(TargetWriter *writer);

/*
 * Learn from the first answer what there is to write, unless that is known.  Raises
 * when it is not what the target needs.
 */
extern void drs_writer_learn(TargetWriter *writer, const AnswerFacts *facts);

/*
 * Are the statements for answers with other parts than those of the last one?  Then
 * what was gathered before it is to be written first, and the writer renewed; if that
 * cannot be, it is an error (08P01).
 */
extern bool drs_writer_is_outdated(const TargetWriter *writer, const AnswerFacts *facts);
extern void drs_writer_renew(TargetWriter *writer);
pg_noreturn extern void drs_writer_refuse_parts(const TargetWriter *writer,
												const AnswerFacts *facts);

/* Is it known which columns there are to write, or do they not depend on an answer? */
extern bool drs_writer_is_ready(const TargetWriter *writer, const AnswerFacts *facts);

/*
 * Write the rows of a spool; returns how many the target took.  The facts are those
 * of an answer, and say which columns there are.  Needs a snapshot, in a transaction
 * that the caller ends.
 */
extern int64 drs_writer_write(TargetWriter *writer, Spool *rows, const AnswerFacts *facts,
							  int64 run_id);

/* What was written last is committed or undone, and with it the creation of the target. */
extern void drs_writer_settle(TargetWriter *writer, bool committed);

/* Raise 21000 when the where columns of two rows of the spool are the same. */
extern void drs_writer_check_duplicates(TargetWriter *writer, Spool *rows);

#endif							/* DRS_WRITER_H */

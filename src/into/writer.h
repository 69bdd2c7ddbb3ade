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
 * Make a writer in the current memory context.  Where the task is sliced,
 * deferred constraints are checked before the transaction of a write ends.
 * failed is called with arg for each row that could not be written, when the
 * options say that rows may be rejected; else what the row raises is raised.
 */
extern TargetWriter *drs_writer_open(const WriteTask *task, UnwrittenRow failed, void *arg);

/*
 * Have the statements checked without running them: names,
 * types, privileges, indexes.  Under a snapshot.
 */
extern void drs_writer_check(TargetWriter *writer);

/*
 * Learn from the first answer what there is to write, unless that is known.
 * Raises when it is not what the target wants.
 */
extern void drs_writer_learn(TargetWriter *writer, const AnswerFacts *facts);

/*
 * Are the statements for answers with other parts than those of the last one?
 * Then what was gathered before it is to be written first, and the writer
 * renewed; or, where that cannot be, it is an error (08P01).
 */
extern bool drs_writer_is_outdated(const TargetWriter *writer, const AnswerFacts *facts);
extern void drs_writer_renew(TargetWriter *writer);
pg_noreturn extern void drs_writer_refuse_parts(const TargetWriter *writer,
												const AnswerFacts *facts);

/* Is it known which columns there are to write, or does that hang on no answer? */
extern bool drs_writer_is_ready(const TargetWriter *writer, const AnswerFacts *facts);

/*
 * Write the rows of a spool; returns how many the target took.  Something
 * was answered, so that the facts say which columns there are.  Under a
 * snapshot, inside a transaction that the caller ends.
 */
extern int64 drs_writer_write(TargetWriter *writer, Spool *rows, const AnswerFacts *facts,
							  int64 run_id);

/* What was written last is committed, or undone, the making of the target with it. */
extern void drs_writer_settle(TargetWriter *writer, bool committed);

/* Raise 21000 when the where columns of two rows of the spool are the same. */
extern void drs_writer_check_duplicates(TargetWriter *writer, Spool *rows);

#endif							/* DRS_WRITER_H */

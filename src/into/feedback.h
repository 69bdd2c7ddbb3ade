/*
 * feedback.h
 *		Can what a run writes become rows of the query that it reads?
 */
#ifndef DRS_FEEDBACK_H
#define DRS_FEEDBACK_H

#include "into/target.h"
#include "rows/reader.h"

typedef enum Feedback
{
	FEEDBACK_NONE,
	FEEDBACK_POSSIBLE,			/* what writing, or the query itself, does cannot be known */
	FEEDBACK_CERTAIN			/* rows are inserted into a relation that is read */
} Feedback;

/*
 * The feedback of writing to the target while the reader reads; inserts: it may get
 * new rows.
 */
extern Feedback drs_feedback(const Target *target, bool inserts, const Reader *reader);

#endif							/* DRS_FEEDBACK_H */

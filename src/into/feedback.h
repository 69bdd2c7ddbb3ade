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
	FEEDBACK_POSSIBLE,			/* writing, or the query itself, does what cannot be known */
	FEEDBACK_CERTAIN			/* rows are inserted into what is read */
} Feedback;

/*
 * Of writing to the target, with rows that come into being
 * there or without, while the reader reads.
 */
extern Feedback drs_feedback(const Target *target, bool inserts, const Reader *reader);

#endif							/* DRS_FEEDBACK_H */

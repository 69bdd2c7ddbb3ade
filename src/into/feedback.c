/*
 * feedback.c
 *		Can what a run writes become rows of the query that it reads?
 */
#include "postgres.h"

#include "into/feedback.h"
#include "rows/reach.h"

Feedback
drs_feedback(const Target *target, bool inserts, const Reader *reader)
{
	List	   *read = drs_reach_of(drs_reader_relations(reader));
	List	   *written = OidIsValid(target->oid) ? drs_reach_of(list_make1_oid(target->oid)) :
		NIL;

	if (inserts && list_length(list_difference_oid(written, read)) < list_length(written))
		return FEEDBACK_CERTAIN;
	if (drs_reach_is_opaque(written) || drs_reader_may_write(reader) ||
		drs_reader_reads_unseen(reader))
		return FEEDBACK_POSSIBLE;
	return FEEDBACK_NONE;
}

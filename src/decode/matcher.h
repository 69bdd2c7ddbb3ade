/*
 * matcher.h
 *		Finds the row that was sent which a row of an answer belongs to.
 *
 * There are several ways to find it.  Each has a struct that begins with
 * Matcher, and is made for one answer.
 */
#ifndef DRS_MATCHER_H
#define DRS_MATCHER_H

#include "decode/replyrow.h"

#define DRS_NO_ROW (-1)			/* no row that was sent, but one that the server made */

typedef struct Matcher
{
	/*
	 * The row, from 0, that the next row of the answer belongs to, or
	 * DRS_NO_ROW.  Called once for each row of the answer, in their order.
	 * Raises 08P01 or 0A000 when it belongs to no row, or to one that has its
	 * own already.
	 */
	int			(*match) (struct Matcher *matcher, const ReplyRow *row);

	/* The answer has no more rows: raise 08P01 when rows that were sent lack one. */
	void		(*finish) (struct Matcher *matcher);
} Matcher;

/*
 * Raise 08P01: nsent rows were sent, and another number of predictions came.
 * is_forecast: they are forecasts.
 */
pg_noreturn extern void drs_matcher_refuse_count(int nsent, uint64 ncame, bool is_forecast);

#endif							/* DRS_MATCHER_H */

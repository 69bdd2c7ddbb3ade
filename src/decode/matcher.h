/*
 * matcher.h
 *		Which of the rows that were sent a row of an answer belongs to.
 *
 * There are several ways to know that; each is a struct that begins with this
 * one, made for one answer.
 */
#ifndef DRS_MATCHER_H
#define DRS_MATCHER_H

#include "decode/replyrow.h"

#define DRS_NO_ROW (-1)			/* none that was sent: a row that the server made */

typedef struct Matcher
{
	/*
	 * The row that the next row of the answer belongs to, from 0, or
	 * DRS_NO_ROW.  Called once for each, in their order.  Raises 08P01 or
	 * 0A000 when it cannot belong to any, or belongs to one that has its own.
	 */
	int			(*match) (struct Matcher *matcher, const ReplyRow *row);

	/* There are no more: raise 08P01 when rows that were sent lack one. */
	void		(*finish) (struct Matcher *matcher);
} Matcher;

/*
 * Raise 08P01: so many rows were sent, and another number of predictions came;
 * is_forecast: these are forecasts.
 */
pg_noreturn extern void drs_matcher_refuse_count(int nsent, uint64 ncame, bool is_forecast);

#endif							/* DRS_MATCHER_H */

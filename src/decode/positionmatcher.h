/*
 * positionmatcher.h
 *		Matches rows by their position: one prediction for each, in their order.
 */
#ifndef DRS_POSITIONMATCHER_H
#define DRS_POSITIONMATCHER_H

#include "decode/matcher.h"

/* What is known of the rows and of their answer. */
typedef struct PositionTerms
{
	int			nsent;			/* rows */
	uint64		first_row;		/* number of the first */
	/* column of the answer that repeats the number of each row; -1: there is none */
	int			order_column;
	/* then a row of the answer may name another as the one it is for */
	bool		is_forecast;
} PositionTerms;

/*
 * In the current memory context.  It raises 08P01 as well when a row of the
 * answer says that it is for another row than its position does.
 */
extern Matcher *drs_positionmatcher_create(const PositionTerms *terms);

#endif							/* DRS_POSITIONMATCHER_H */

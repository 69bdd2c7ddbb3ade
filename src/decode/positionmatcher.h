/*
 * positionmatcher.h
 *		Matches rows by position: one prediction for each row, in their order.
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
	/* forecasts: a row of the answer may name another than the row at its position */
	bool		is_forecast;
} PositionTerms;

/*
 * In the current memory context; terms is copied.  Its match() also raises 08P01
 * when a row of the answer names another row than the one at its position.
 */
extern Matcher *drs_positionmatcher_create(const PositionTerms *terms);

#endif							/* DRS_POSITIONMATCHER_H */

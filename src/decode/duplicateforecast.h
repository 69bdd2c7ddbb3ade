/*
 * duplicateforecast.h
 *		Detects forecasts that an answer contains twice.
 */
#ifndef DRS_DUPLICATEFORECAST_H
#define DRS_DUPLICATEFORECAST_H

#include "decode/replylayout.h"

/* The forecasts that an answer has had so far. */
typedef struct Twice Twice;

/*
 * For one answer of that layout, in the current memory context and a child of
 * it.  Takes about 40 bytes for each forecast, less than the forecast itself
 * takes in the answer.
 */
extern Twice *drs_duplicateforecast_create(const Layout *layout);

/*
 * Raise 08P01 for a forecast of the same series, forecast point and distance
 * as an earlier one.
 */
extern void drs_duplicateforecast_check(Twice *twice, const ReplyRow *row);

#endif							/* DRS_DUPLICATEFORECAST_H */

/*
 * duplicateforecast.h
 *		Forecasts that an answer has twice.
 */
#ifndef DRS_DUPLICATEFORECAST_H
#define DRS_DUPLICATEFORECAST_H

#include "decode/replylayout.h"

/* The forecasts that an answer has had so far. */
typedef struct Twice Twice;

/*
 * For an answer of that layout, in a child of the current memory context.
 * Takes some 40 bytes for each forecast, which takes more in the answer.
 */
extern Twice *drs_duplicateforecast_create(const Layout *layout);

/* Raise 08P01 for a forecast of the same series, forecast point and distance as one before. */
extern void drs_duplicateforecast_check(Twice *twice, const ReplyRow *row);

#endif							/* DRS_DUPLICATEFORECAST_H */

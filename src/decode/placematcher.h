/*
 * placematcher.h
 *		Matches forecasts by the place in the request that each names.
 */
#ifndef DRS_PLACEMATCHER_H
#define DRS_PLACEMATCHER_H

#include "decode/matcher.h"

/*
 * A matcher for the answer to nsent rows, in the current memory context.  With
 * one_each, a row has at most one forecast; a second one, or a forecast for
 * no row that was sent, raises 0A000.  Otherwise each row may have any number,
 * as may rows that were not sent, but an answer without any forecast raises
 * 08P01.
 */
extern Matcher *drs_placematcher_create(int nsent, bool one_each);

#endif							/* DRS_PLACEMATCHER_H */

/*
 * placematcher.h
 *		Matches forecasts by the place in the request that each names.
 */
#ifndef DRS_PLACEMATCHER_H
#define DRS_PLACEMATCHER_H

#include "decode/matcher.h"

/*
 * In the current memory context, for an answer to so many rows.  With one_each,
 * a row has no more than one forecast, and one for no row that was sent raises
 * 0A000; rows without are none to be raised.  Else there are any number for
 * each row, and for none that was sent, but at least one.
 */
extern Matcher *drs_placematcher_create(int nsent, bool one_each);

#endif							/* DRS_PLACEMATCHER_H */

/*
 * scorekey.h
 *		Doubles as integers in the opposite order.
 */
#ifndef DRS_SCOREKEY_H
#define DRS_SCOREKEY_H

#include "utils/float.h"

#define SCORE_SIGN_BIT (UINT64CONST(1) << 63)

/* The higher the score, the lower its key; equal ones, such as 0 and -0, have the same. */
static inline uint64
drs_score_key(double score)
{
	union
	{
		double		number;
		uint64		bits;
	}			value = {.number = score + 0.0};

	return value.bits & SCORE_SIGN_BIT ? value.bits : ~(value.bits | SCORE_SIGN_BIT);
}

static inline double
drs_score_of_key(uint64 key)
{
	union
	{
		uint64		bits;
		double		number;
	}			value = {.bits = key & SCORE_SIGN_BIT ? key : ~key & ~SCORE_SIGN_BIT};

	return value.number;
}

#endif							/* DRS_SCOREKEY_H */

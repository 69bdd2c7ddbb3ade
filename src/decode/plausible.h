/*
 * plausible.h
 *		Checks that numbers of an answer are possible values.
 */
#ifndef DRS_PLAUSIBLE_H
#define DRS_PLAUSIBLE_H

#include "decode/replyrow.h"

/* How far a probability may lie outside of 0 to 1, for rounding in single precision. */
#define DRS_PROBABILITY_FUZZ 1e-6

/* Is the text a finite number as programs write it: of digits, sign, point and exponent? */
extern bool drs_is_number(const char *text);

/*
 * Read a number in common notation, which nearly all are; it is finite.  False
 * means only that the text needs the full check.
 */
extern bool drs_read_number(const char *text, double *number);

/*
 * Does the text denote a value that is not a finite number: NaN, inf or
 * Infinity in any case, with or without a sign, or a number too large?
 */
extern bool drs_is_no_number(const char *text);

/*
 * Raise 22003 for a number that is not finite, 22P02 for anything else that
 * is not a number.  NULL passes.
 */
extern void drs_check_number(const ReplyField *field);

/* The same, and raise 22003 for a number that is not a probability. */
extern void drs_check_probability(const ReplyField *field);

#endif							/* DRS_PLAUSIBLE_H */

/*
 * plausible.h
 *		Numbers of a reply that can be.
 */
#ifndef DRS_PLAUSIBLE_H
#define DRS_PLAUSIBLE_H

#include "decode/replyrow.h"

/*
 * How far a probability may lie outside of 0 to 1: what rounding in single precision makes of it.
 */
#define DRS_PROBABILITY_FUZZ 1e-6

/* Is the text a finite number as programs write it: digits, sign, point, exponent? */
extern bool drs_is_number(const char *text);

/*
 * Read a number whose text has nothing unusual about it, as nearly all are; what is read is
 * finite.  False says nothing but that others have to look at it.
 */
extern bool drs_read_number(const char *text, double *number);

/*
 * Does it stand for what is no finite number: NaN, inf,
 * Infinity in any case, with or without a sign, or too large?
 */
extern bool drs_is_no_number(const char *text);

/* Raise 22003 for what is no finite number, 22P02 for no number at all; NULL is fine. */
extern void drs_check_number(const ReplyField *field);

/* Raise likewise, and 22003 for a number that is no probability. */
extern void drs_check_probability(const ReplyField *field);

#endif							/* DRS_PLAUSIBLE_H */

/*
 * strata.h
 *		Numbers the values of a target in order of first appearance, and counts
 *		their rows.
 */
#ifndef DRS_STRATA_H
#define DRS_STRATA_H

/* More than this are not classes: a number that differs from row to row. */
#define MAX_STRATA 1000

typedef struct Strata Strata;

/* Without values yet; palloc'd, 40 kB. */
extern Strata *drs_strata_make(void);

/* Count a row whose value has that hash (valuehash.h).  Raises 22023 for too many values. */
extern void drs_strata_count(Strata *strata, uint64 hash);

extern int	drs_strata_number(const Strata *strata);

/* Rows of each value, in order of the values' first appearance. */
extern const int64 *drs_strata_rows(const Strata *strata);

/* The number, from 0, of a value that was counted.  Raises XX000 for another one. */
extern int	drs_strata_find(const Strata *strata, uint64 hash);

#endif							/* DRS_STRATA_H */

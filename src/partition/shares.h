/*
 * shares.h
 *		How many rows each set of a partition of training data gets, for
 *		cross-validation (a holdout and folds) and for training, validation and
 *		holdout (TVH).
 *
 * Sizes are as close to the percentages as whole rows allow: holdout and
 * validation are their percentages of all rows, rounded half up; the rest is
 * training, or folds whose sizes differ by at most one row, larger ones first.
 * The documents say that percentages are of the whole data set.
 */
#ifndef DRS_SHARES_H
#define DRS_SHARES_H

/* One fold would leave no rows to train on; a user column has at most 100 values as well. */
#define MIN_FOLDS 2
#define MAX_FOLDS 100

/* Percentages are kept in units of 1e-7 %, so that sizes are exact in 64-bit integers. */
#define UNITS_PER_PERCENT INT64CONST(10000000)
#define ALL_UNITS (100 * UNITS_PER_PERCENT)	/* 10^9 */

/* Numbers of sets: the holdout, then folds 1 to reps, or training and validation. */
#define SET_HOLDOUT 0
#define SET_FIRST_FOLD 1
#define SET_TRAINING 1
#define SET_VALIDATION 2
#define MAX_SETS (MAX_FOLDS + 1)

typedef struct Shares
{
	int64		holdout;		/* in units of 1e-7 % */
	int64		validation;		/* the same; 0 for cross-validation */
	int			folds;			/* 0: training, validation and holdout */
} Shares;

/*
 * Check arguments and make shares of them.  Percentages are numbers as text,
 * from 0 to less than 100, rounded to 7 decimals; reps is a whole number.  NULL
 * is refused like other values out of range.  Raise 22023.
 */
extern Shares drs_shares_cv(const char *holdout_pct, const char *reps);
extern Shares drs_shares_tvh(const char *holdout_pct, const char *validation_pct);

/* Number of sets, empty ones included. */
extern int	drs_shares_count(const Shares *shares);

/* "Holdout", "1" to "100", "Training", "Validation"; a constant string. */
extern const char *drs_shares_name(const Shares *shares, int set);

/*
 * Sizes of all sets for nrows rows, into an array of drs_shares_count().  Their
 * sum is nrows.  Raises 22023 when a fold or training would be empty.
 */
extern void drs_shares_sizes(const Shares *shares, int64 nrows, int64 *sizes);

#endif							/* DRS_SHARES_H */

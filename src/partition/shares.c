/*
 * shares.c
 *		How many rows each set of a partition of training data gets.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "partition/shares.h"

static Datum
read_number(const char *name, const char *text)
{
	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name)));
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static bool
is_less(Datum number, int64 limit)
{
	return DatumGetBool(DirectFunctionCall2(numeric_lt, number,
											NumericGetDatum(int64_to_numeric(limit))));
}

static int64
read_percent(const char *name, const char *text)
{
	Datum		number = read_number(name, text);
	int64		units = ALL_UNITS;

	/* NaN is greater than any number */
	if (!is_less(number, 0) && is_less(number, 100))
	{
		number = DirectFunctionCall2(numeric_mul, number,
									 NumericGetDatum(int64_to_numeric(UNITS_PER_PERCENT)));
		units = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	}
	if (units >= ALL_UNITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from 0 to less than 100", name),
				 errdetail("It is %s.", text)));
	return units;
}

static int
read_folds(const char *text)
{
	Datum		number = read_number("reps", text);
	Datum		whole = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));

	if (is_less(number, MIN_FOLDS) || !is_less(number, MAX_FOLDS + 1) ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reps must be a whole number from %d to %d", MIN_FOLDS, MAX_FOLDS),
				 errdetail("It is %s.", text)));
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, whole));
}

Shares
drs_shares_cv(const char *holdout_pct, const char *reps)
{
	Shares		shares = {0};

	shares.holdout = read_percent("holdout_pct", holdout_pct);
	shares.folds = read_folds(reps);
	return shares;
}

Shares
drs_shares_tvh(const char *holdout_pct, const char *validation_pct)
{
	Shares		shares = {0};

	shares.holdout = read_percent("holdout_pct", holdout_pct);
	shares.validation = read_percent("validation_pct", validation_pct);
	if (shares.holdout + shares.validation >= ALL_UNITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("holdout_pct and validation_pct must be less than 100 together"),
				 errdetail("They are %s and %s, which leaves no rows for training.",
						   holdout_pct, validation_pct)));
	return shares;
}

int
drs_shares_count(const Shares *shares)
{
	return shares->folds > 0 ? shares->folds + 1 : SET_VALIDATION + 1;
}

const char *
drs_shares_name(const Shares *shares, int set)
{
	if (set == SET_HOLDOUT)
		return "Holdout";
	if (shares->folds > 0)
		return psprintf("%d", set);
	return set == SET_TRAINING ? "Training" : "Validation";
}

/*
 * The rows that a share of nrows is, half up.  nrows * units may be larger than
 * an int64; but nrows = q * ALL_UNITS + r, and r * units < ALL_UNITS^2 = 10^18.
 */
static int64
share_of(int64 units, int64 nrows)
{
	return nrows / ALL_UNITS * units + (nrows % ALL_UNITS * units + ALL_UNITS / 2) / ALL_UNITS;
}

void
drs_shares_sizes(const Shares *shares, int64 nrows, int64 *sizes)
{
	int64		rest;

	sizes[SET_HOLDOUT] = share_of(shares->holdout, nrows);
	rest = nrows - sizes[SET_HOLDOUT];
	if (shares->folds == 0)
	{
		sizes[SET_VALIDATION] = share_of(shares->validation, nrows);
		sizes[SET_TRAINING] = rest - sizes[SET_VALIDATION];
	}
	for (int i = 0; i < shares->folds; i++)
		sizes[SET_FIRST_FOLD + i] = rest / shares->folds + (i < rest % shares->folds);
	if (rest < shares->folds || (shares->folds == 0 && sizes[SET_TRAINING] == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("too few rows to divide: " INT64_FORMAT, nrows),
				 shares->folds > 0 ?
				 errdetail("The holdout leaves " INT64_FORMAT " for %d folds.", rest,
						   shares->folds) :
				 errdetail("Holdout and validation leave none for training.")));
}

/*
 * unit_sets.c
 *		Random numbers of sets, and sizes of sets for any number of rows, as SQL
 *		functions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "partition/shares.h"
#include "partition/stablemix.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_mix_nth);
PG_FUNCTION_INFO_V1(drs_unit_mix_below);
PG_FUNCTION_INFO_V1(drs_unit_shares);

/* mix_nth(state, n), mix_below(random, limit); bigint has the bits of the unsigned number */
Datum
drs_unit_mix_nth(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) drs_stablemix_nth((uint64) PG_GETARG_INT64(0),
											  (uint64) PG_GETARG_INT64(1)));
}

Datum
drs_unit_mix_below(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) drs_stablemix_below((uint64) PG_GETARG_INT64(0),
												(uint64) PG_GETARG_INT64(1)));
}

/* shares(holdout_pct, validation_pct, reps, nrows): sizes; reps is NULL for TVH */
Datum
drs_unit_shares(PG_FUNCTION_ARGS)
{
	const char *holdout = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const char *validation = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Shares		shares = PG_ARGISNULL(2) ? drs_shares_tvh(holdout, validation) :
		drs_shares_cv(holdout, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	int			count = drs_shares_count(&shares);
	int64		sizes[MAX_SETS];
	Datum		values[MAX_SETS];

	drs_shares_sizes(&shares, PG_GETARG_INT64(3), sizes);
	for (int i = 0; i < count; i++)
		values[i] = Int64GetDatum(sizes[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, count, INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

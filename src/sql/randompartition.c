/*
 * randompartition.c
 *		The window functions random_cv, random_tvh, stratified_cv and
 *		stratified_tvh.
 *
 * The first row of a partition is returned when the number of all rows is known,
 * or of those of each value of the target.  The rows wait in the window's
 * tuplestore, which has work_mem and then writes to disk; the strata and their
 * places are all the memory that is needed here.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "partition/selection.h"
#include "partition/strata.h"
#include "partition/valuehash.h"
#include "sql/partitionarguments.h"

PG_FUNCTION_INFO_V1(drs_random_cv);
PG_FUNCTION_INFO_V1(drs_random_tvh);
PG_FUNCTION_INFO_V1(drs_stratified_cv);
PG_FUNCTION_INFO_V1(drs_stratified_tvh);

/* The target is the first argument of stratified_cv and stratified_tvh. */
#define ARG_TARGET 0

typedef struct RandomState
{
	WindowRows	rows;
	PartitionArguments args;
	Selection  *selection;		/* NULL: every target is NULL */
	Strata	   *strata;			/* NULL: rows are not stratified */
	ValueHasher *hasher;
} RandomState;

/* Count the rows of each value of the target. */
static void
count_strata(FunctionCallInfo fcinfo, RandomState *state)
{
	WindowRows *rows = &state->rows;
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	Datum		target;
	bool		isnull;

	while (drs_window_pull(rows, ARG_TARGET, &target, &isnull))
	{
		if (!isnull)
			drs_strata_count(state->strata, drs_value_hash(state->hasher, target));
		if (rows->may_differ)
			drs_window_check_pulled(rows);
		drs_window_warn_of_ties(fcinfo, rows, rows->npulled - 1);
		MemoryContextReset(rows->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

static void
open_random(FunctionCallInfo fcinfo, RandomState *state, bool tvh)
{
	int64		nrows;
	MemoryContext old;

	drs_window_open(fcinfo, &state->rows);
	drs_partition_arguments(fcinfo, &state->rows, 0, tvh, &state->args);
	nrows = WinGetPartitionRowCount(state->rows.winobj);
	old = MemoryContextSwitchTo(state->rows.cxt);
	state->selection = drs_selection_make(&state->args.shares, state->args.seed, 1, &nrows);
	MemoryContextSwitchTo(old);
}

static void
open_stratified(FunctionCallInfo fcinfo, RandomState *state, bool tvh)
{
	MemoryContext old;

	drs_window_open(fcinfo, &state->rows);
	drs_window_refuse_volatile(fcinfo, ARG_TARGET, "the target");
	drs_partition_arguments(fcinfo, &state->rows, ARG_TARGET + 1, tvh, &state->args);
	old = MemoryContextSwitchTo(state->rows.cxt);
	state->hasher = drs_value_hasher(get_fn_expr_argtype(fcinfo->flinfo, ARG_TARGET),
									 PG_GET_COLLATION());
	state->strata = drs_strata_make();
	count_strata(fcinfo, state);
	if (drs_strata_number(state->strata) > 0)
		state->selection = drs_selection_make(&state->args.shares, state->args.seed,
											  drs_strata_number(state->strata),
											  drs_strata_rows(state->strata));
	MemoryContextSwitchTo(old);
}

static Datum
random_set(FunctionCallInfo fcinfo, bool tvh)
{
	RandomState *state = drs_window_state(fcinfo, sizeof(RandomState));

	if (state->rows.cxt == NULL)
		open_random(fcinfo, state, tvh);
	if (state->rows.may_differ)
		drs_window_check_current(&state->rows);
	drs_window_warn_of_ties(fcinfo, &state->rows, WinGetCurrentPosition(state->rows.winobj));
	return state->args.names[drs_selection_draw(state->selection, 0)];
}

static Datum
stratified_set(FunctionCallInfo fcinfo, bool tvh)
{
	RandomState *state = drs_window_state(fcinfo, sizeof(RandomState));
	Datum		target;
	bool		isnull;
	int			stratum;

	if (state->rows.cxt == NULL)
		open_stratified(fcinfo, state, tvh);
	target = WinGetFuncArgCurrent(state->rows.winobj, ARG_TARGET, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	stratum = drs_strata_find(state->strata, drs_value_hash(state->hasher, target));
	return state->args.names[drs_selection_draw(state->selection, stratum)];
}

Datum
drs_random_cv(PG_FUNCTION_ARGS)
{
	return random_set(fcinfo, false);
}

Datum
drs_random_tvh(PG_FUNCTION_ARGS)
{
	return random_set(fcinfo, true);
}

Datum
drs_stratified_cv(PG_FUNCTION_ARGS)
{
	return stratified_set(fcinfo, false);
}

Datum
drs_stratified_tvh(PG_FUNCTION_ARGS)
{
	return stratified_set(fcinfo, true);
}

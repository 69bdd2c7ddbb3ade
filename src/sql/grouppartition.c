/*
 * grouppartition.c
 *		The window functions group_cv and group_tvh, which assign groups of rows to
 *		sets as a whole.
 *
 * The first call reads the keys of all rows of the window's partition, which
 * the window keeps in its tuplestore, and gives each group its set (groups.h).
 * From then on, a row is looked up by its key.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "partition/groups.h"
#include "partition/valuehash.h"
#include "sql/partitionarguments.h"

PG_FUNCTION_INFO_V1(drs_group_cv);
PG_FUNCTION_INFO_V1(drs_group_tvh);

/* Arguments of the SQL functions; the shares follow. */
enum
{
	ARG_KEY,
	ARG_SHARES
};

/* Rows without a key are one group, as in GROUP BY. */
#define NULL_KEY UINT64CONST(0x4E554C4C4E554C4C)

/* There must be that many keys for each fold, as the service has it. */
#define KEYS_PER_FOLD 3

typedef struct GroupState
{
	WindowRows	rows;
	PartitionArguments args;
	ValueHasher *hasher;
	Groups	   *groups;
} GroupState;

static uint64
hash_key(const GroupState *state, Datum key, bool isnull)
{
	return isnull ? NULL_KEY : drs_value_hash(state->hasher, key);
}

static void
count_rows(GroupState *state)
{
	WindowRows *rows = &state->rows;
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	Datum		key;
	bool		isnull;

	while (drs_window_pull(rows, ARG_KEY, &key, &isnull))
	{
		if (rows->may_differ)
			drs_window_check_pulled(rows);
		drs_groups_count(state->groups, hash_key(state, key, isnull));
		MemoryContextReset(rows->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

/*
 * Training, validation and holdout are as one fold: three sets, of which each
 * can get a group.
 */
static void
refuse_few_groups(const GroupState *state)
{
	int			folds = Max(state->args.shares.folds, 1);
	int			ngroups = drs_groups_number(state->groups);

	if (ngroups >= KEYS_PER_FOLD * folds)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 state->args.shares.folds > 0 ?
			 errmsg("%d folds need at least %d different keys", folds, KEYS_PER_FOLD * folds) :
			 errmsg("three sets need at least %d different keys", KEYS_PER_FOLD),
			 errdetail_plural("There is %d.", "There are %d.", ngroups, ngroups)));
}

static void
assign_groups(GroupState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->rows.cxt);
	int64		sizes[MAX_SETS];

	state->groups = drs_groups_create();
	count_rows(state);
	refuse_few_groups(state);
	drs_shares_sizes(&state->args.shares, drs_groups_rows(state->groups), sizes);
	drs_groups_assign(state->groups, sizes, drs_shares_count(&state->args.shares),
					  state->args.seed);
	MemoryContextSwitchTo(old);
}

static GroupState *
open_state(FunctionCallInfo fcinfo, bool tvh)
{
	GroupState *state = drs_window_state(fcinfo, sizeof(GroupState));
	MemoryContext old;

	if (state->rows.cxt != NULL)
		return state;
	drs_window_open(fcinfo, &state->rows);
	drs_window_refuse_volatile(fcinfo, ARG_KEY, "the key");
	drs_partition_arguments(fcinfo, &state->rows, ARG_SHARES, tvh, &state->args);
	old = MemoryContextSwitchTo(state->rows.cxt);
	state->hasher = drs_value_hasher(get_fn_expr_argtype(fcinfo->flinfo, ARG_KEY),
									 PG_GET_COLLATION());
	MemoryContextSwitchTo(old);
	assign_groups(state);
	return state;
}

static Datum
set_of_row(FunctionCallInfo fcinfo, bool tvh)
{
	GroupState *state = open_state(fcinfo, tvh);
	bool		isnull;
	Datum		key = WinGetFuncArgCurrent(state->rows.winobj, ARG_KEY, &isnull);
	MemoryContext old = MemoryContextSwitchTo(state->rows.row_cxt);
	int			set = drs_groups_set(state->groups, hash_key(state, key, isnull));

	MemoryContextSwitchTo(old);
	MemoryContextReset(state->rows.row_cxt);
	PG_RETURN_DATUM(state->args.names[set]);
}

Datum
drs_group_cv(PG_FUNCTION_ARGS)
{
	return set_of_row(fcinfo, false);
}

Datum
drs_group_tvh(PG_FUNCTION_ARGS)
{
	return set_of_row(fcinfo, true);
}

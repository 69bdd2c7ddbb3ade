/*
 * userpartition.c
 *		The window functions user_cv and user_tvh: a column says which set a row
 *		is in.
 *
 * The first row of a partition is returned when all values are known, because
 * folds are numbered in the order of the values, and because wrong values are
 * refused before any row is assigned.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "partition/levels.h"
#include "sql/windowrows.h"

PG_FUNCTION_INFO_V1(drs_user_cv);
PG_FUNCTION_INFO_V1(drs_user_tvh);

#define ARG_VALUE 0

/* Levels, the arguments after the value: user_cv has one, user_tvh the other three. */
enum
{
	LEVEL_CV_HOLDOUT,
	LEVEL_TRAINING = 0,
	LEVEL_VALIDATION,
	LEVEL_HOLDOUT
};

typedef struct UserState
{
	WindowRows	rows;
	Levels	   *levels;
	Datum		names[MAX_LEVELS];	/* text of each level's set, or 0 */
} UserState;

static void
add_levels(UserState *state)
{
	WindowRows *rows = &state->rows;
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	Datum		value;
	bool		isnull;

	while (drs_window_pull(rows, ARG_VALUE, &value, &isnull))
	{
		if (isnull)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a partition column must not contain NULL"),
					 errdetail("Row " INT64_FORMAT " does.", rows->npulled)));
		drs_levels_add(state->levels, value);
		if (rows->may_differ)
			drs_window_check_pulled(rows);
		MemoryContextReset(rows->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

static void
read_levels(FunctionCallInfo fcinfo, WindowRows *rows, bool tvh)
{
	static const char *const names[] = {"training_level", "validation_level", "holdout_level"};

	if (!tvh)
		drs_window_parameter(fcinfo, rows, ARG_VALUE + 1, "cv_holdout_level", NULL);
	for (int i = LEVEL_TRAINING; tvh && i <= LEVEL_HOLDOUT; i++)
		drs_window_parameter(fcinfo, rows, ARG_VALUE + 1 + i, names[i], NULL);
}

/* The place of a level among the values, or -1 for NULL. */
static int
find_level(UserState *state, int number)
{
	const WindowParameter *level = &state->rows.parameters[number];
	int			place;

	if (level->isnull)
		return -1;
	place = drs_levels_find(state->levels, level->value);
	if (place < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no row has the value of %s", level->name)));
	return place;
}

static void
number_folds(UserState *state)
{
	int			count = drs_levels_count(state->levels);
	int			holdout = find_level(state, LEVEL_CV_HOLDOUT);
	int			fold = 0;

	if (holdout >= 0 && count < MIN_LEVELS + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a holdout needs a partition column with at least %d different values",
						MIN_LEVELS + 1),
				 errdetail("It has %d.", count)));
	for (int i = 0; i < count; i++)
		state->names[i] = CStringGetTextDatum(i == holdout ? "Holdout" : psprintf("%d", ++fold));
}

static void
name_level(UserState *state, int number, const char *set)
{
	int			place = find_level(state, number);

	if (place < 0 && number != LEVEL_HOLDOUT)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", state->rows.parameters[number].name)));
	if (place >= 0 && state->names[place])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is the level of another set as well",
						state->rows.parameters[number].name)));
	if (place >= 0)
		state->names[place] = CStringGetTextDatum(set);
}

static void
name_levels(UserState *state)
{
	int			count = drs_levels_count(state->levels);

	name_level(state, LEVEL_TRAINING, "Training");
	name_level(state, LEVEL_VALIDATION, "Validation");
	name_level(state, LEVEL_HOLDOUT, "Holdout");
	for (int i = 0; i < count; i++)
		if (!state->names[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the partition column has a value that is no level of a set"),
					 errdetail("It is \"%s\".", drs_levels_text(state->levels, i))));
}

static void
open_user(FunctionCallInfo fcinfo, UserState *state, bool tvh)
{
	MemoryContext old;

	drs_window_open(fcinfo, &state->rows);
	drs_window_refuse_volatile(fcinfo, ARG_VALUE, "the value");
	read_levels(fcinfo, &state->rows, tvh);
	old = MemoryContextSwitchTo(state->rows.cxt);
	state->levels = drs_levels_make(get_fn_expr_argtype(fcinfo->flinfo, ARG_VALUE),
									PG_GET_COLLATION());
	add_levels(state);
	if (tvh)
		name_levels(state);
	else
		number_folds(state);
	MemoryContextSwitchTo(old);
}

static Datum
user_set(FunctionCallInfo fcinfo, bool tvh)
{
	UserState  *state = drs_window_state(fcinfo, sizeof(UserState));
	Datum		value;
	bool		isnull;
	int			place;

	if (state->rows.cxt == NULL)
		open_user(fcinfo, state, tvh);
	value = WinGetFuncArgCurrent(state->rows.winobj, ARG_VALUE, &isnull);
	place = isnull ? -1 : drs_levels_find(state->levels, value);
	if (place < 0)
		elog(ERROR, "a value of the partition column was not there before");
	return state->names[place];
}

Datum
drs_user_cv(PG_FUNCTION_ARGS)
{
	return user_set(fcinfo, false);
}

Datum
drs_user_tvh(PG_FUNCTION_ARGS)
{
	return user_set(fcinfo, true);
}

/*
 * ledgernames.c
 *		The names of ledgernames.h.
 */
#include "postgres.h"

#include "into/ledgernames.h"

static const char *const state_names[] = {
	[RUN_RUNNING] = "running",
	[RUN_COMPLETED] = "completed",
	[RUN_FAILED] = "failed",
	[RUN_CANCELLED] = "cancelled",
	[RUN_SKIPPED] = "skipped"
};

static const char *const mode_names[] = {
	[RUN_SLICED] = "sliced",
	[RUN_TRANSACTION] = "transaction"
};

static int
find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	elog(ERROR, "the ledger has an unknown state or mode \"%s\"", name);
}

const char *
drs_run_state_name(RunState state)
{
	return state_names[state];
}

const char *
drs_run_mode_name(RunMode mode)
{
	return mode_names[mode];
}

RunState
drs_run_state_of(const char *name)
{
	return (RunState) find_name(state_names, lengthof(state_names), name);
}

RunMode
drs_run_mode_of(const char *name)
{
	return (RunMode) find_name(mode_names, lengthof(mode_names), name);
}

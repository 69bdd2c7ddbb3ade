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
	[RUN_TRANSACTION] = "transaction",
	[RUN_SHARDS] = "shards"
};

static const char *const stage_names[] = {
	[RUN_JOB_BEGUN] = "begun",
	[RUN_JOB_SEALED] = "sealed",
	[RUN_JOB_SENT] = "sent",
	[RUN_JOB_SETTLED] = "settled",
	[RUN_JOB_ABORTED] = "aborted",
	[RUN_JOB_LOST] = "lost"
};

static int
find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	elog(ERROR, "the ledger has an unknown state, mode or stage \"%s\"", name);
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

const char *
drs_run_stage_name(RunJobStage stage)
{
	return stage_names[stage];
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

RunJobStage
drs_run_stage_of(const char *name)
{
	return (RunJobStage) find_name(stage_names, lengthof(stage_names), name);
}

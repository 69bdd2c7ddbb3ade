/*
 * partitionarguments.c
 *		Arguments of the window functions that divide rows by shares, and their
 *		results.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "sql/arguments.h"
#include "sql/partitionarguments.h"

static const char *
read_parameter(FunctionCallInfo fcinfo, WindowRows *rows, int arg, const char *name)
{
	const WindowParameter *parameter = drs_window_parameter(fcinfo, rows, arg, name, NULL);

	return parameter->isnull ? NULL : TextDatumGetCString(parameter->value);
}

/* A whole number of 64 bits, of which every one is another seed. */
static uint64
read_seed(const char *text)
{
	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("seed must not be NULL")));
	return (uint64) drs_whole_number(text, "seed");
}

void
drs_partition_arguments(FunctionCallInfo fcinfo, WindowRows *rows, int first, bool tvh,
						PartitionArguments *args)
{
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	const char *holdout = read_parameter(fcinfo, rows, first, "holdout_pct");
	const char *rest = read_parameter(fcinfo, rows, first + 1, tvh ? "validation_pct" : "reps");

	args->shares = tvh ? drs_shares_tvh(holdout, rest) : drs_shares_cv(holdout, rest);
	args->seed = read_seed(read_parameter(fcinfo, rows, first + 2, "seed"));
	for (int i = 0; i < drs_shares_count(&args->shares); i++)
		args->names[i] = CStringGetTextDatum(drs_shares_name(&args->shares, i));
	MemoryContextSwitchTo(old);
}

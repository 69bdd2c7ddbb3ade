/*
 * windowrows.c
 *		What window functions of ours share.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "sql/windowrows.h"

/* Neighbours are compared in the first rows, and then in one row of so many. */
#define COMPARE_FIRST 1024
#define COMPARE_EVERY 32

void
drs_window_open(FunctionCallInfo fcinfo, WindowRows *rows)
{
	rows->winobj = PG_WINDOW_OBJECT();
	drs_refuse_null_treatment(rows->winobj, fcinfo);
	rows->cxt = AllocSetContextCreate(GetMemoryChunkContext(rows), "datarobot_scoring window",
									  ALLOCSET_DEFAULT_SIZES);
	rows->row_cxt = AllocSetContextCreate(rows->cxt, "datarobot_scoring window row",
										  ALLOCSET_DEFAULT_SIZES);
}

/*
 * Constants, parameters, and what can be computed from them, unlike columns.  So
 * an argument of another type is not read for each row because of its cast.
 */
static bool
is_fixed(FunctionCallInfo fcinfo, int arg)
{
	WindowFunc *call = (WindowFunc *) fcinfo->flinfo->fn_expr;
	Node	   *node;

	if (call == NULL || !IsA(call, WindowFunc) || arg >= list_length(call->args))
		return false;
	node = list_nth(call->args, arg);
	return !contain_var_clause(node) && !contain_volatile_functions(node) &&
		!contain_subplans(node);
}

const WindowParameter *
drs_window_parameter(FunctionCallInfo fcinfo, WindowRows *rows, int arg, const char *name,
					 SameValue same)
{
	WindowParameter *parameter = &rows->parameters[rows->nparameters++];
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	Datum		value;

	Assert(rows->nparameters <= MAX_WINDOW_PARAMETERS);
	parameter->arg = arg;
	parameter->name = name;
	parameter->same = same;
	parameter->fixed = is_fixed(fcinfo, arg);
	if (!parameter->fixed)
		rows->may_differ = true;
	value = WinGetFuncArgCurrent(rows->winobj, arg, &parameter->isnull);
	if (!parameter->isnull)
		parameter->value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	MemoryContextSwitchTo(old);
	return parameter;
}

bool
drs_window_same_text(Datum a, Datum b)
{
	text	   *left = DatumGetTextPP(a);
	text	   *right = DatumGetTextPP(b);
	Size		len = VARSIZE_ANY_EXHDR(left);

	return len == VARSIZE_ANY_EXHDR(right) &&
		memcmp(VARDATA_ANY(left), VARDATA_ANY(right), len) == 0;
}

static bool
is_same(const WindowRows *rows, const WindowParameter *parameter, int offset)
{
	bool		isnull;
	bool		isout;
	Datum		value = WinGetFuncArgInPartition(rows->winobj, parameter->arg, offset,
												 WINDOW_SEEK_CURRENT, false, &isnull, &isout);

	if (isnull || parameter->isnull)
		return isnull == parameter->isnull;
	return parameter->same(value, parameter->value);
}

void
drs_window_check_parameters(const WindowRows *rows, int offset)
{
	for (int i = 0; i < rows->nparameters; i++)
	{
		const WindowParameter *parameter = &rows->parameters[i];

		if (!parameter->fixed && !is_same(rows, parameter, offset))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be the same for all rows of a partition", parameter->name),
					 errhint("Use PARTITION BY for rows with different arguments.")));
	}
}

int
drs_window_offset(const WindowRows *rows)
{
	int64		offset = rows->npulled - WinGetCurrentPosition(rows->winobj);

	if (offset > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a partition of the window has too many rows"),
				 errdetail("PostgreSQL's window functions can look at most %d rows ahead.",
						   PG_INT32_MAX)));
	return (int) offset;
}

void
drs_window_warn_of_ties(FunctionCallInfo fcinfo, WindowRows *rows)
{
	int64		position = WinGetCurrentPosition(rows->winobj);

	if ((position >= COMPARE_FIRST && position % COMPARE_EVERY != 0) || position == 0 ||
		fcinfo->flinfo->fn_extra != NULL ||
		!WinRowsArePeers(rows->winobj, position - 1, position))
		return;
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;	/* warned */
	ereport(WARNING,
			(errmsg("the window does not put its rows into one order"),
			 errdetail("Which rows get into which set depends on the plan of the query."),
			 errhint("Order the window by a unique key: OVER (ORDER BY id).")));
}

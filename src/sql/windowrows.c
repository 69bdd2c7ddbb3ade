/*
 * windowrows.c
 *		What window functions of ours share.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "sql/windowrows.h"

/* Neighbours are compared in so many rows. */
#define COMPARE_ROWS 1000

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

/* The expression of an argument; NULL when it is not known. */
static Node *
argument_node(FunctionCallInfo fcinfo, int arg)
{
	WindowFunc *call = (WindowFunc *) fcinfo->flinfo->fn_expr;

	if (call == NULL || !IsA(call, WindowFunc) || arg >= list_length(call->args))
		return NULL;
	return list_nth(call->args, arg);
}

/*
 * Constants, parameters, and what can be computed from them, unlike columns.  So
 * an argument of another type is not read for each row because of its cast.
 */
static bool
is_fixed(FunctionCallInfo fcinfo, int arg)
{
	Node	   *node = argument_node(fcinfo, arg);

	return node && !contain_var_clause(node) && !contain_volatile_functions(node) &&
		!contain_subplans(node);
}

void
drs_window_refuse_volatile(FunctionCallInfo fcinfo, int arg, const char *name)
{
	Node	   *node = argument_node(fcinfo, arg);

	if (node && contain_volatile_functions(node))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be computed by a volatile function", name),
				 errdetail("It is read twice."),
				 errhint("Compute it in a subquery.")));
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
	get_typlenbyval(get_fn_expr_argtype(fcinfo->flinfo, arg), &parameter->typlen,
					&parameter->typbyval);
	parameter->fixed = is_fixed(fcinfo, arg);
	if (!parameter->fixed)
		rows->may_differ = true;
	value = WinGetFuncArgCurrent(rows->winobj, arg, &parameter->isnull);
	if (!parameter->isnull)
		parameter->value = parameter->typlen == -1 ?
			PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
			datumCopy(value, parameter->typbyval, parameter->typlen);
	MemoryContextSwitchTo(old);
	return parameter;
}

bool
drs_same_document(Datum a, Datum b)
{
	return compareJsonbContainers(&DatumGetJsonbP(a)->root, &DatumGetJsonbP(b)->root) == 0;
}

static void
check_value(const WindowParameter *parameter, Datum value, bool isnull)
{
	bool		same;

	if (isnull || parameter->isnull)
		same = isnull == parameter->isnull;
	else if (parameter->same)
		same = parameter->same(value, parameter->value);
	else
		same = datum_image_eq(value, parameter->value, parameter->typbyval, parameter->typlen);
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be the same for all rows of a partition", parameter->name),
				 errhint("Use PARTITION BY for rows with different arguments.")));
}

void
drs_window_check_pulled(const WindowRows *rows)
{
	int			offset = drs_window_offset(rows) - 1;
	bool		isnull;
	bool		isout;

	for (int i = 0; rows->may_differ && i < rows->nparameters; i++)
	{
		const WindowParameter *parameter = &rows->parameters[i];
		Datum		value;

		if (parameter->fixed)
			continue;
		value = WinGetFuncArgInPartition(rows->winobj, parameter->arg, offset,
										 WINDOW_SEEK_CURRENT, false, &isnull, &isout);
		check_value(parameter, value, isnull);
	}
}

void
drs_window_check_current(const WindowRows *rows)
{
	bool		isnull;

	for (int i = 0; rows->may_differ && i < rows->nparameters; i++)
	{
		const WindowParameter *parameter = &rows->parameters[i];
		Datum		value;

		if (parameter->fixed)
			continue;
		value = WinGetFuncArgCurrent(rows->winobj, parameter->arg, &isnull);
		check_value(parameter, value, isnull);
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
drs_window_warn_of_ties(FunctionCallInfo fcinfo, WindowRows *rows, int64 position)
{
	if (position >= COMPARE_ROWS || position == 0 || fcinfo->flinfo->fn_extra != NULL ||
		!WinRowsArePeers(rows->winobj, position - 1, position))
		return;
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;	/* warned */
	ereport(WARNING,
			(errmsg("the window does not put its rows into one order"),
			 errdetail("Which rows get into which set depends on the plan of the query."),
			 errhint("Order the window by a unique key: OVER (ORDER BY id).")));
}

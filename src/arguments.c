/*
 * arguments.c
 *		Reads SQL arguments into C.  PostgreSQL licence.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "arguments.h"

char *
drs_argument_text(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* A text[] as a list of C strings; NULL is the empty list. */
static List *
argument_names(FunctionCallInfo fcinfo, int arg, const char *name)
{
	List	   *names = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(arg))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not hold a NULL", name)));
		names = lappend(names, TextDatumGetCString(elements[i]));
	}
	return names;
}

ScoreArguments
drs_arguments_get(FunctionCallInfo fcinfo, int first, int rest)
{
	ScoreArguments args;

	args.deployment = drs_argument_text(fcinfo, first);
	args.query = drs_argument_text(fcinfo, first + 1);
	args.key_columns = argument_names(fcinfo, rest, "key_columns");
	args.passthrough_columns = argument_names(fcinfo, rest + 1, "passthrough_columns");
	args.server = drs_argument_text(fcinfo, rest + 2);
	args.options = PG_ARGISNULL(rest + 3) ? NULL : PG_GETARG_JSONB_P_COPY(rest + 3);
	if (args.query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query to score must not be NULL")));
	return args;
}

static void
merge_list(List *argument, List **option, const char *name)
{
	if (argument != NIL && *option != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is given twice, as an argument and as an option", name)));
	if (argument != NIL)
		*option = argument;
}

void
drs_arguments_merge_columns(const ScoreArguments *args, Options *options)
{
	merge_list(args->key_columns, &options->key_columns, "key_columns");
	merge_list(args->passthrough_columns, &options->passthrough_columns, "passthrough_columns");
}

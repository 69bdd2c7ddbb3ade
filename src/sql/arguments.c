/*
 * arguments.c
 *		Reads SQL arguments into C.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"

#include "base/jsonbcursor.h"
#include "base/names.h"
#include "sql/arguments.h"

char *
drs_argument_text(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

int64
drs_whole_number(const char *text, const char *name)
{
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		whole = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));

	if (numeric_is_nan(DatumGetNumeric(number)) || numeric_is_inf(DatumGetNumeric(number)) ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a whole number", name),
				 errdetail("It is %s.", text)));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
}

int64
drs_argument_whole(FunctionCallInfo fcinfo, int arg, const char *name)
{
	return drs_whole_number(drs_argument_text(fcinfo, arg), name);
}

int64
drs_backtest_number(const char *text)
{
	int64		number = drs_whole_number(text, "backtest");

	if (number < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("backtest must not be negative"),
				 errhint("The most recent backtest is 0; NULL is the holdout.")));
	return number;
}

List *
drs_argument_names(FunctionCallInfo fcinfo, int arg, const char *name)
{
	List	   *names = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(arg))
		return NIL;
	if (ARR_NDIM(PG_GETARG_ARRAYTYPE_P(arg)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" must be a one-dimensional array", name)));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not contain NULL", name)));
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
	args.key_columns = drs_argument_names(fcinfo, rest, "key_columns");
	args.passthrough_columns = drs_argument_names(fcinfo, rest + 1, "passthrough_columns");
	args.server = drs_argument_text(fcinfo, rest + 2);
	args.options = PG_ARGISNULL(rest + 3) ? NULL : PG_GETARG_JSONB_P_COPY(rest + 3);
	if (args.query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query to score must not be NULL")));
	return args;
}

/* Let a list of columns that is an argument take the place of the option. */
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

Endpoint *
drs_arguments_resolve(const ScoreArguments *args, OptionHome home)
{
	Endpoint   *endpoint = drs_endpoint_resolve(args->server, args->options, home);
	CallOptions *call = &endpoint->options.call;

	merge_list(args->key_columns, &call->key_columns, "key_columns");
	merge_list(args->passthrough_columns, &call->passthrough_columns, "passthrough_columns");
	return endpoint;
}

/* Is it our type "document", in the schema of the function? */
static bool
is_document(FunctionCallInfo fcinfo, Oid type)
{
	return type == GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("document"),
								   ObjectIdGetDatum(get_func_namespace(fcinfo->flinfo->fn_oid)));
}

/* The value of an argument, which is not NULL, as JSON text, palloc'd. */
static char *
argument_json(FunctionCallInfo fcinfo, int arg, const char *name)
{
	Datum		value = PG_GETARG_DATUM(arg);
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, arg);
	StringInfoData json;
	Oid			output;
	bool		is_varlena;

	if (is_document(fcinfo, type))
		return JsonbToCString(NULL, &DatumGetJsonbP(value)->root, 0);
	if (type == TEXTARRAYOID)
	{
		(void) drs_argument_names(fcinfo, arg, name);	/* refuses NULLs */
		return TextDatumGetCString(DirectFunctionCall1(array_to_json, value));
	}
	if (type == BOOLOID)
		return pstrdup(DatumGetBool(value) ? "true" : "false");
	getTypeOutputInfo(type, &output, &is_varlena);
	initStringInfo(&json);
	escape_json(&json, OidOutputFunctionCall(output, value));
	return json.data;
}

/* Append a member to a JSON object that is still open; value is JSON. */
static void
add_member(StringInfo json, const char *name, const char *value)
{
	appendStringInfoString(json, json->len > 1 ? ", " : "");
	escape_json(json, name);
	appendStringInfo(json, ": %s", value);
}

/*
 * Add the options in the jsonb under our names.  given: names (of char *) that
 * must not be among them.
 */
static void
add_jsonb_options(StringInfo json, Jsonb *options, List *given)
{
	JsonbCursor cursor = drs_jsonb_open(&options->root);

	while (drs_jsonb_next(&cursor))
	{
		const char *name = drs_option_name(cursor.name, OPTION_WRITE);

		if (cursor.value.type == jbvNull)
			continue;
		if (drs_names_have(given, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is given twice, as an argument and as an option", name)));
		add_member(json, name, JsonbToCString(NULL, &JsonbValueToJsonb(&cursor.value)->root, 0));
	}
}

Jsonb *
drs_arguments_as_options(FunctionCallInfo fcinfo, int first, const char *const *names,
						 OptionHome home)
{
	StringInfoData json;
	List	   *given = NIL;
	int			arg = first;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (; names[arg - first] != NULL; arg++)
	{
		const char *name = names[arg - first];

		if (PG_ARGISNULL(arg))
			continue;
		add_member(&json, name, argument_json(fcinfo, arg, name));
		given = lappend(given, unconstify(char *, name));
	}
	if (!PG_ARGISNULL(arg))
	{
		Jsonb	   *options = PG_GETARG_JSONB_P(arg);
		Options		scratch;

		drs_options_init(&scratch);
		drs_options_add_jsonb(&scratch, options, home); /* only to check them */
		add_jsonb_options(&json, options, given);
	}
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

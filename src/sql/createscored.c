/*
 * createscored.c
 *		The function create_scored_table: a foreign table of a table's rows with
 *		their predictions.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"

#include "api/jsonpath.h"
#include "base/ddl.h"
#include "scored/tablestatement.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_create_scored_table);

/* Arguments of the SQL function. */
enum
{
	ARG_NAME,
	ARG_DEPLOYMENT,
	ARG_SOURCE,
	ARG_KEY_COLUMNS,
	ARG_PREFIX,
	ARG_SERVER,
	ARG_OPTIONS
};

/* Calls have the option "server", but tables do not. */
static void
refuse_server(const ScoreArguments *args)
{
	if (args->options && drs_jsonpath_text(&args->options->root, "server"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"server\" is not an option of a foreign table"),
				 errhint("Pass the argument \"server\".")));
}

Datum
drs_create_scored_table(PG_FUNCTION_ARGS)
{
	RangeVar   *name = drs_ddl_name(drs_argument_text(fcinfo, ARG_NAME), "scored table");
	RangeVar   *source = drs_ddl_name(drs_argument_text(fcinfo, ARG_SOURCE), "source");
	ScoreArguments args = {
		.key_columns = drs_argument_names(fcinfo, ARG_KEY_COLUMNS, "key_columns"),
		.server = drs_argument_text(fcinfo, ARG_SERVER),
		.options = PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS)
	};
	PredictedTable table = {0};

	refuse_server(&args);
	table.endpoint = drs_arguments_resolve(&args, OPTION_TABLE);
	drs_tablestatement_source(&table, source);
	table.prefix = PG_ARGISNULL(ARG_PREFIX) ? "" : drs_argument_text(fcinfo, ARG_PREFIX);
	drs_predictedtable_ask(&table, drs_argument_text(fcinfo, ARG_DEPLOYMENT));
	drs_ddl_run(drs_tablestatement(&table, drs_ddl_quote(name), args.options));
	PG_RETURN_OID(RangeVarGetRelid(name, NoLock, false));
}

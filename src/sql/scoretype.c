/*
 * scoretype.c
 *		The function create_score_type: a composite type for score_as that fits
 *		a deployment.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/deployment.h"
#include "api/targetcolumns.h"
#include "base/ddl.h"
#include "base/sqlname.h"
#include "rows/source.h"
#include "rows/sourcecolumns.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_create_score_type);

/* Arguments of the SQL function. */
enum
{
	ARG_DEPLOYMENT,
	ARG_NAME,
	ARG_QUERY,
	ARG_KEY_COLUMNS,
	ARG_PASSTHROUGH_COLUMNS,
	ARG_SERVER,
	ARG_OPTIONS
};

static void
add_attribute(StringInfo attributes, const char *name, const char *type)
{
	appendStringInfo(attributes, "%s%s %s", attributes->len > 0 ? ", " : "",
					 quote_identifier(name), type);
}

/* The key and passthrough columns, with their types in the query. */
static void
add_kept(StringInfo attributes, const char *query, const Options *options)
{
	Columns    *columns = drs_columns_choose(drs_source_describe(query), options, NULL);

	for (int i = 0; i < columns->nkept; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns->desc, columns->kept[i]);

		if (drs_columns_is_key_again(columns, i))
			continue;
		add_attribute(attributes, NameStr(column->attname), drs_sql_column_type(column));
	}
}

static void
add_predicted(StringInfo attributes, Endpoint *endpoint, const char *name)
{
	OpenDeployment deployment = drs_deployment_open(endpoint, name);
	Jsonb	   *record = drs_deployment_record(deployment.api, deployment.id);
	ListCell   *lc;

	foreach(lc, drs_result_columns(&record->root, deployment.id))
	{
		const ResultColumn *column = lfirst(lc);

		add_attribute(attributes, column->name, column->type);
	}
	drs_api_close(deployment.api);
}

/* key_columns and passthrough_columns, whether arguments or options; they need a query. */
static void
add_columns_of_query(StringInfo attributes, const char *query, const Options *options)
{
	if (query)
		add_kept(attributes, query, options);
	else if (options->call.key_columns != NIL || options->call.passthrough_columns != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("columns to keep are named, but there is no query"),
				 errhint("Pass the query that will be scored: it determines their types.")));
}

Datum
drs_create_score_type(PG_FUNCTION_ARGS)
{
	RangeVar   *name = drs_ddl_name(drs_argument_text(fcinfo, ARG_NAME), "type");
	ScoreArguments args = {
		.key_columns = drs_argument_names(fcinfo, ARG_KEY_COLUMNS, "key_columns"),
		.passthrough_columns = drs_argument_names(fcinfo, ARG_PASSTHROUGH_COLUMNS,
												  "passthrough_columns"),
		.server = drs_argument_text(fcinfo, ARG_SERVER),
		.options = PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS)
	};
	Endpoint   *endpoint = drs_arguments_resolve(&args, OPTION_CALL);
	StringInfoData attributes;

	initStringInfo(&attributes);
	add_columns_of_query(&attributes, drs_argument_text(fcinfo, ARG_QUERY), &endpoint->options);
	add_predicted(&attributes, endpoint, drs_argument_text(fcinfo, ARG_DEPLOYMENT));
	drs_ddl_run(psprintf("CREATE TYPE %s AS (%s)", drs_ddl_quote(name), attributes.data));
	PG_RETURN_OID(get_rel_type_id(RangeVarGetRelid(name, NoLock, false)));
}

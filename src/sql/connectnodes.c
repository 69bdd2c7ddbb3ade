/*
 * connectnodes.c
 *		The function connect_nodes: datarobot.connect() and grants on every node of Citus.
 *
 * What is sent to the nodes is logged there, so secrets are only accepted as files.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "cluster/citus.h"
#include "config/option.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_connect_nodes);

/* Arguments of the SQL function; the others are those of connect() with the same names. */
enum
{
	ARG_NAME,
	ARG_PREDICTION_URL,
	ARG_API_URL,
	ARG_API_TOKEN_FILE,
	ARG_DATAROBOT_KEY_FILE,
	ARG_OPTIONS,
	ARG_GRANT_TO
};

static const char *const argument_names[] = {
	[ARG_NAME] = "name",
	[ARG_PREDICTION_URL] = "prediction_url",
	[ARG_API_URL] = "api_url",
	[ARG_API_TOKEN_FILE] = "api_token_file",
	[ARG_DATAROBOT_KEY_FILE] = "datarobot_key_file",
	[ARG_OPTIONS] = "options"
};

/*
 * What a node would refuse is refused before it is sent there: it may be a secret, as an
 * option, in a URL, or in place of a file.
 */
static void
check_options(FunctionCallInfo fcinfo)
{
	static const OptionHome homes[] = {
		[ARG_PREDICTION_URL] = OPTION_SERVER,
		[ARG_API_URL] = OPTION_SERVER,
		[ARG_API_TOKEN_FILE] = OPTION_MAPPING,
		[ARG_DATAROBOT_KEY_FILE] = OPTION_MAPPING
	};
	Options		options;

	drs_options_init(&options);
	for (int i = 0; i < (int) lengthof(homes); i++)
		if (homes[i] != 0 && !PG_ARGISNULL(i))
			drs_option_set(&options, argument_names[i], drs_argument_text(fcinfo, i), homes[i]);
	if (!PG_ARGISNULL(ARG_OPTIONS))
		drs_options_add_jsonb(&options, PG_GETARG_JSONB_P(ARG_OPTIONS), OPTION_SERVER);
}

/*
 * The nodes do not see what this transaction has changed, and the coordinator, which is
 * one of them, would wait for it.
 */
static void
check_transaction(void)
{
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("datarobot.connect_nodes() cannot follow changes of the same transaction"),
				 errdetail("Nodes are connected in transactions of their own."),
				 errhint("Commit before.")));
}

static List *
get_nodes(void)
{
	List	   *nodes = drs_citus_nodes();

	if (nodes == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("Citus knows no nodes"),
				 errhint("Begin with citus_set_coordinator_host() and citus_add_node().")));
	return nodes;
}

static char *
argument_literal(FunctionCallInfo fcinfo, int arg)
{
	if (arg == ARG_OPTIONS)
		return quote_literal_cstr(DatumGetCString(
			DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(arg))));
	return quote_literal_cstr(drs_argument_text(fcinfo, arg));
}

static void
append_connect(StringInfo sql, FunctionCallInfo fcinfo)
{
	const char *comma = "";

	appendStringInfoString(sql, " PERFORM datarobot.connect(");
	for (size_t i = 0; i < lengthof(argument_names); i++)
	{
		if (PG_ARGISNULL(i))
			continue;
		appendStringInfo(sql, "%s%s => %s", comma, argument_names[i], argument_literal(fcinfo, i));
		comma = ", ";
	}
	appendStringInfoString(sql, ");");
}

static void
append_grants(StringInfo sql, const char *server, const char *role)
{
	const char *grantee = quote_identifier(role);

	appendStringInfo(sql, " GRANT USAGE ON FOREIGN SERVER %s TO %s;", quote_identifier(server),
					 grantee);
	appendStringInfo(sql, " GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO %s;", grantee);
}

/*
 * Each node has a command of its own: what a node would hand on to others by Citus is
 * refused there.
 */
static char *
build_command(FunctionCallInfo fcinfo)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "BEGIN PERFORM pg_catalog.set_config("
						   "'citus.enable_ddl_propagation', 'off', true);");
	append_connect(&sql, fcinfo);
	foreach(lc, drs_argument_names(fcinfo, ARG_GRANT_TO, "grant_to"))
		append_grants(&sql, drs_argument_text(fcinfo, ARG_NAME), lfirst(lc));
	appendStringInfoString(&sql, " END");
	return psprintf("DO %s", quote_literal_cstr(sql.data));
}

static void
check_done(List *commands)
{
	ListCell   *lc;

	foreach(lc, commands)
	{
		const NodeCommand *command = lfirst(lc);

		if (!command->succeeded)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("could not connect the node %s:%d", command->node.name,
							command->node.port),
					 command->result ? errdetail_internal("%s", command->result) : 0,
					 errhint("Nodes before it may be connected; the call can be repeated.")));
	}
}

Datum
drs_connect_nodes(PG_FUNCTION_ARGS)
{
	List	   *commands = NIL;
	List	   *nodes;
	char	   *sql;
	ListCell   *lc;

	PreventCommandIfReadOnly("datarobot.connect_nodes()");
	drs_citus_check();
	if (PG_ARGISNULL(ARG_NAME))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the server needs a name")));
	check_options(fcinfo);
	check_transaction();
	sql = build_command(fcinfo);
	SPI_connect();
	nodes = get_nodes();
	foreach(lc, nodes)
		commands = lappend(commands, drs_citus_command(lfirst(lc), sql));
	drs_citus_run(commands);
	check_done(commands);
	SPI_finish();
	PG_RETURN_INT32(list_length(nodes));
}

/*
 * connect.c
 *		The function connect: CREATE SERVER and CREATE USER MAPPING for people
 *		who do not write DDL.
 *
 * It runs the statements' parse trees, so that privileges, event triggers and auditing
 * work as for the statements themselves.  The text it gives with them is without the
 * secret, because extensions record the text of utility statements.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/scansup.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/hiddenstatement.h"
#include "base/jsonbcursor.h"
#include "base/optiontable.h"
#include "config/endpoint.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_connect);

/* Arguments of the SQL function. */
enum
{
	ARG_NAME,
	ARG_PREDICTION_URL,
	ARG_API_URL,
	ARG_API_TOKEN,
	ARG_API_TOKEN_FILE,
	ARG_DATAROBOT_KEY,
	ARG_DATAROBOT_KEY_FILE,
	ARG_OPTIONS
};

static void
run_utility(Node *statement, const char *text)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	planned->canSetTag = false;
	planned->utilityStmt = statement;
	planned->stmt_location = -1;
	ProcessUtility(planned, text, false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, NULL);
	CommandCounterIncrement();
}

static bool
list_has_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
		if (strcmp(lfirst_node(DefElem, lc)->defname, name) == 0)
			return true;
	return false;
}

/*
 * Append an option, unless value is NULL; when existing has one of that name,
 * as a change of it.
 */
static List *
add_option(List *options, List *existing, const char *name, char *value)
{
	DefElem    *elem;

	if (value == NULL)
		return options;
	elem = makeDefElem(pstrdup(name), (Node *) makeString(value), -1);
	elem->defaction = existing == NIL ? DEFELEM_UNSPEC :
		list_has_option(existing, name) ? DEFELEM_SET : DEFELEM_ADD;
	return lappend(options, elem);
}

/* Append that an option is to be dropped, when existing has it. */
static List *
drop_option(List *options, List *existing, const char *name)
{
	DefElem    *elem;

	if (!list_has_option(existing, name))
		return options;
	elem = makeDefElem(pstrdup(name), NULL, -1);
	elem->defaction = DEFELEM_DROP;
	return lappend(options, elem);
}

/* The options of the server that are given as JSON; the validator checks them. */
static List *
add_json_options(List *options, List *existing, Jsonb *json)
{
	JsonbCursor cursor;

	if (json == NULL)
		return options;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object")));
	cursor = drs_jsonb_open(&json->root);
	while (drs_jsonb_next(&cursor))
		options = add_option(options, existing, cursor.name,
							 drs_option_text(&cursor.value, cursor.name));
	return options;
}

/* A copy of the name, cut as DDL would cut it. */
static char *
truncate_identifier_copy(const char *name)
{
	char	   *copy = pstrdup(name);

	truncate_identifier(copy, strlen(copy), true);
	return copy;
}

/* Raise when a call gives one secret in both ways. */
static void
check_secrets(FunctionCallInfo fcinfo)
{
	if ((!PG_ARGISNULL(ARG_API_TOKEN) && !PG_ARGISNULL(ARG_API_TOKEN_FILE)) ||
		(!PG_ARGISNULL(ARG_DATAROBOT_KEY) && !PG_ARGISNULL(ARG_DATAROBOT_KEY_FILE)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a secret is given twice, as a value and as a file")));
}

/* Create the server, or change the options that are given. */
static void
save_server(FunctionCallInfo fcinfo, char *name)
{
	ForeignServer *server = GetForeignServerByName(name, true);
	List	   *existing = server ? server->options : NIL;
	Jsonb	   *json = PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS);
	List	   *options = NIL;

	if (server)
		drs_endpoint_check_wrapper(server);
	options = add_option(options, existing, "prediction_url",
						 drs_argument_text(fcinfo, ARG_PREDICTION_URL));
	options = add_option(options, existing, "api_url", drs_argument_text(fcinfo, ARG_API_URL));
	options = add_json_options(options, existing, json);
	if (server == NULL)
	{
		CreateForeignServerStmt *create = makeNode(CreateForeignServerStmt);

		create->servername = name;
		create->fdwname = pstrdup(DRS_WRAPPER_NAME);
		create->options = options;
		run_utility((Node *) create,
					psprintf("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (...)",
											  quote_identifier(name), DRS_WRAPPER_NAME));
	}
	else if (options != NIL)
	{
		AlterForeignServerStmt *alter = makeNode(AlterForeignServerStmt);

		alter->servername = name;
		alter->options = options;
		run_utility((Node *) alter,
					psprintf("ALTER SERVER %s OPTIONS (...)", quote_identifier(name)));
	}
}

/* The options of the current user's own mapping; *exists is false when there is none. */
static List *
mapping_options(Oid serverid, bool *exists)
{
	HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(GetUserId()),
										ObjectIdGetDatum(serverid));

	*exists = HeapTupleIsValid(tuple);
	if (!*exists)
		return NIL;
	ReleaseSysCache(tuple);
	return GetUserMapping(GetUserId(), serverid)->options;
}

/*
 * How a mapping with the existing options has to change for the secrets of the
 * call: DefElems; NIL when none is given.
 */
static List *
secret_options(FunctionCallInfo fcinfo, List *existing)
{
	static const struct
	{
		int			arg;
		const char *name;
		const char *rival;		/* the other way of giving the same secret */
	}			secrets[] =
	{
		{ARG_API_TOKEN, "api_token", "api_token_file"},
		{ARG_API_TOKEN_FILE, "api_token_file", "api_token"},
		{ARG_DATAROBOT_KEY, "datarobot_key", "datarobot_key_file"},
		{ARG_DATAROBOT_KEY_FILE, "datarobot_key_file", "datarobot_key"},
	};
	List	   *options = NIL;

	for (size_t i = 0; i < lengthof(secrets); i++)
	{
		if (PG_ARGISNULL(secrets[i].arg))
			continue;
		options = drop_option(options, existing, secrets[i].rival);
		options = add_option(options, existing, secrets[i].name,
							 drs_argument_text(fcinfo, secrets[i].arg));
	}
	return options;
}

/* Create the current user's mapping, or change its secrets, when any are given. */
static void
save_mapping(FunctionCallInfo fcinfo, char *name)
{
	bool		exists;
	List	   *existing = mapping_options(GetForeignServerByName(name, false)->serverid, &exists);
	List	   *options = secret_options(fcinfo, existing);
	RoleSpec   *role = makeNode(RoleSpec);

	if (options == NIL)
		return;
	role->roletype = ROLESPEC_CURRENT_USER;
	role->location = -1;
	if (exists)
	{
		AlterUserMappingStmt *alter = makeNode(AlterUserMappingStmt);

		alter->user = role;
		alter->servername = name;
		alter->options = options;
		run_utility((Node *) alter,
					psprintf("ALTER USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (...)",
											 quote_identifier(name)));
	}
	else
	{
		CreateUserMappingStmt *create = makeNode(CreateUserMappingStmt);

		create->user = role;
		create->servername = name;
		create->options = options;
		run_utility((Node *) create,
					psprintf("CREATE USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (...)",
											  quote_identifier(name)));
	}
}

/*
 * The text of the call contains the secret, too.  So pg_stat_activity shows
 * another text from here on, and an error does not log the call.
 */
Datum
drs_connect(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *name = drs_argument_text(fcinfo, ARG_NAME);

	drs_hiddenstatement_begin("SELECT datarobot.connect(...)");
	PG_TRY();
	{
		if (name == NULL || name[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the server needs a name")));
		name = truncate_identifier_copy(name);
		check_secrets(fcinfo);
		save_server(fcinfo, name);
		save_mapping(fcinfo, name);
	}
	PG_CATCH();
	{
		drs_hiddenstatement_rethrow(cxt);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}

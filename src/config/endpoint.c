/*
 * endpoint.c
 *		Turns a server name and a user into an Endpoint.
 *
 * Scoring needs USAGE on the server.  In a call the effective user must have
 * it: inside a SECURITY DEFINER function, or while a materialized view is
 * refreshed, that is the owner, as DBAs expect of foreign servers.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "common/base64.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/url.h"
#include "config/endpoint.h"
#include "config/secretfile.h"
#include "config/settings.h"

/*
 * Bytes of request bodies that one call may have in memory; options that need
 * more are refused.
 */
#define MAX_CALL_BYTES (1024.0 * 1024.0 * 1024.0)

static ForeignServer *find_server(const char *name, Oid user);
static Oid	find_mapping(Oid userid, Oid serverid, List **options);
static void load_secrets(Endpoint *endpoint);
static void use_token(Endpoint *endpoint, char *token);
static char *credentials(const Endpoint *endpoint);

Endpoint *
drs_endpoint_resolve(const char *server, Jsonb *call_options, OptionHome home)
{
	EndpointAsk ask = {.server = server, .options = call_options, .home = home};

	return drs_endpoint_for(&ask);
}

/* A call may lower the limit of its server only. */
static void
keep_rate_limit(ServerOptions *options, double of_server)
{
	if (of_server > 0 && (options->rate_limit == 0 || options->rate_limit > of_server))
		options->rate_limit = of_server;
}

Endpoint *
drs_endpoint_for(const EndpointAsk *ask)
{
	Endpoint   *endpoint = palloc0(sizeof(Endpoint));
	const char *server = ask->server;
	Options		given;
	ForeignServer *found;
	List	   *mapping_options = NIL;
	double		rate_limit;

	drs_options_init(&given);
	drs_options_add_jsonb(&given, ask->options, ask->home);
	if (server && given.call.server && strcmp(server, given.call.server) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("two servers are named: \"%s\" and \"%s\"", server, given.call.server)));
	/* see what other sessions have revoked or altered, even in a long transaction */
	AcceptInvalidationMessages();
	endpoint->user = OidIsValid(ask->user) ? ask->user : GetUserId();
	endpoint->usage_user = OidIsValid(ask->usage_user) ? ask->usage_user : endpoint->user;
	found = find_server(server ? server : given.call.server, endpoint->usage_user);
	endpoint->server_oid = found->serverid;
	endpoint->server_name = found->servername;
	endpoint->mapping_oid = find_mapping(endpoint->user, found->serverid, &mapping_options);

	drs_options_init(&endpoint->options);
	drs_options_add_list(&endpoint->options, found->options, OPTION_SERVER);
	drs_options_add_list(&endpoint->options, mapping_options, OPTION_MAPPING);
	rate_limit = endpoint->options.server.rate_limit;
	drs_options_add_jsonb(&endpoint->options, ask->options, ask->home);
	keep_rate_limit(&endpoint->options.server, rate_limit);
	drs_options_check_method(&endpoint->options, ask->options, ask->home);
	drs_endpoint_check_options(&endpoint->options, OPTION_CALL);
	load_secrets(endpoint);
	endpoint->counters = drs_callcounters_create();
	return endpoint;
}

void
drs_endpoint_reload_token(Endpoint *endpoint)
{
	const char *path = endpoint->options.credentials.api_token_file;
	MemoryContext old;
	char	   *token;

	if (path == NULL)
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(endpoint));
	token = drs_secret_file_read(path, "api_token_file");
	if (endpoint->token == NULL || strcmp(token, endpoint->token) != 0)
		use_token(endpoint, token);
	MemoryContextSwitchTo(old);
}

void
drs_endpoint_check_still_there(const Endpoint *endpoint)
{
	List	   *options = NIL;

	AcceptInvalidationMessages();
	if (find_server(endpoint->server_name, endpoint->usage_user)->serverid != endpoint->server_oid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server \"%s\" was dropped and recreated in the meantime",
						endpoint->server_name)));
	if (find_mapping(endpoint->user, endpoint->server_oid, &options) != endpoint->mapping_oid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the user mapping for server \"%s\" was dropped or replaced"
						" in the meantime",
						endpoint->server_name)));
}

static void
refuse_plain_http(const char *option, const char *url, int sqlstate)
{
	if (url && drs_url_is_plain(url))
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("option \"%s\" must be an https URL", option),
				 errdetail("Over plain http, rows and tokens can be read in transit."),
				 errhint("For a server that only speaks http, set the option \"allow_http\" to"
						 " true.")));
}

static void
refuse_for_drum(const char *name, const char *why, int sqlstate)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("option \"%s\" cannot be combined with the addressing \"drum\"", name),
			 errdetail("DRUM %s.", why)));
}

/*
 * Raise for what DRUM cannot do: it would ignore it, or fail with a message
 * about something else.
 */
static void
check_drum(const Options *options, int sqlstate)
{
	if (options->transfer.compression != COMPRESSION_NONE)
		refuse_for_drum("compression", "does not decompress requests", sqlstate);
	if (options->transfer.format == FORMAT_CSV)
		refuse_for_drum("format", "answers in JSON only", sqlstate);
	if (options->transfer.request_format == FORMAT_JSON)
		refuse_for_drum("request_format", "takes rows as CSV only", sqlstate);
	if (options->call.wire_passthrough)
		refuse_for_drum("wire_passthrough", "does not return columns of the request", sqlstate);
	if (options->call.verify_order)
		refuse_for_drum("verify_order", "does not return columns of the request", sqlstate);
	if (options->call.series_columns != NIL || options->call.time_column)
		refuse_for_drum(options->call.time_column ? "time_column" : "series_columns",
						"does not support time series", sqlstate);
}

void
drs_endpoint_check_options(const Options *options, OptionHome home)
{
	int			sqlstate = (home & (OPTION_CALL | OPTION_WRITE)) ?
		ERRCODE_INVALID_PARAMETER_VALUE :
		ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE;

	if (!options->server.allow_http)
	{
		refuse_plain_http("prediction_url", options->server.prediction_url, sqlstate);
		refuse_plain_http("api_url", options->server.api_url, sqlstate);
	}
	if (options->server.addressing == ADDRESSING_DRUM)
		check_drum(options, sqlstate);
	if ((options->transfer.concurrency + 2.0) * options->transfer.chunk_size > MAX_CALL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("options \"concurrency\" and \"chunk_size\" ask for too much memory"),
				 errdetail("Up to two more chunks than are in flight are in memory: "
						   "%d times %d bytes, above 1 GB.",
						   options->transfer.concurrency + 2, options->transfer.chunk_size)));
	if ((options->server.client_cert == NULL) != (options->server.client_key == NULL))
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("options \"client_cert\" and \"client_key\" must be given together")));
	if ((options->credentials.api_token && options->credentials.api_token_file) ||
		(options->credentials.datarobot_key && options->credentials.datarobot_key_file))
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("a secret is given twice, as a value and as a file"),
				 errhidestmt(home == OPTION_MAPPING),
				 errhidecontext(home == OPTION_MAPPING)));
}

void
drs_endpoint_check_wrapper(const ForeignServer *server)
{
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);

	if (strcmp(wrapper->fdwname, DRS_WRAPPER_NAME) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a DataRobot server", server->servername),
				 errdetail("Its foreign-data wrapper is \"%s\", not \"%s\".",
						   wrapper->fdwname, DRS_WRAPPER_NAME)));
}

/*
 * The server of that name, or of the setting when name is NULL.  Raises for
 * another wrapper's, and when the user has no USAGE.
 */
static ForeignServer *
find_server(const char *name, Oid user)
{
	ForeignServer *server;

	if (name == NULL)
		name = drs_default_server;
	if (name == NULL || name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no DataRobot server is named"),
				 errhint("Pass the argument or option \"server\", or set datarobot.server.")));
	server = GetForeignServerByName(name, false);
	drs_endpoint_check_wrapper(server);
	if (drs_server_aclcheck(server->serverid, user) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for foreign server %s", server->servername),
				 user != GetUserId() ?
				 errdetail("The role \"%s\" has no USAGE on it.",
						   GetUserNameFromId(user, false)) : 0));
	return server;
}

/*
 * The mapping of the user, or else of PUBLIC; InvalidOid, and *options
 * unchanged, when there is neither.
 */
static Oid
find_mapping(Oid userid, Oid serverid, List **options)
{
	HeapTuple	tuple;
	Datum		datum;
	bool		isnull;
	Oid			oid;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;

	oid = ((Form_pg_user_mapping) GETSTRUCT(tuple))->oid;
	datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	*options = isnull ? NIL : untransformRelOptions(datum);
	ReleaseSysCache(tuple);
	return oid;
}

static void
load_secrets(Endpoint *endpoint)
{
	Options    *options = &endpoint->options;
	char	   *token = options->credentials.api_token;

	if (options->credentials.datarobot_key_file)
		endpoint->key = drs_secret_file_read(options->credentials.datarobot_key_file,
											 "datarobot_key_file");
	else
		endpoint->key = options->credentials.datarobot_key;
	if (endpoint->key)
		endpoint->secrets = lappend(endpoint->secrets, endpoint->key);

	if (options->server.auth == AUTH_NONE)
		return;
	if (!OidIsValid(endpoint->mapping_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user \"%s\" has no user mapping for server \"%s\"",
						GetUserNameFromId(endpoint->user, false), endpoint->server_name),
				 errhint("Use CREATE USER MAPPING with the option \"api_token_file\" or"
						 " \"api_token\".")));
	if (options->credentials.api_token_file)
		token = drs_secret_file_read(options->credentials.api_token_file, "api_token_file");
	if (token == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the user mapping for server \"%s\" has no API token",
						endpoint->server_name),
				 errhint("Set its option \"api_token_file\" or \"api_token\".")));
	if (options->server.auth == AUTH_BASIC && options->credentials.username == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the user mapping for server \"%s\" has no user name",
						endpoint->server_name),
				 errhint("Basic authentication needs the option \"username\".")));
	use_token(endpoint, token);
}

/*
 * Use a token from now on.  An old one remains among the secrets: answers to
 * requests that have it may still arrive.
 */
static void
use_token(Endpoint *endpoint, char *token)
{
	endpoint->token = token;
	endpoint->token_number++;
	endpoint->credentials = credentials(endpoint);
	endpoint->secrets = lappend(endpoint->secrets, token);
	if (endpoint->options.server.auth == AUTH_BASIC)
		endpoint->secrets = lappend(endpoint->secrets, endpoint->credentials);
}

/* What follows the scheme in the header Authorization; palloc'd, or the token itself. */
static char *
credentials(const Endpoint *endpoint)
{
	char	   *pair;
	char	   *encoded;
	int			len;

	if (endpoint->options.server.auth != AUTH_BASIC)
		return endpoint->token;
	pair = psprintf("%s:%s", endpoint->options.credentials.username, endpoint->token);
	encoded = palloc(pg_b64_enc_len(strlen(pair)) + 1);
	len = pg_b64_encode((const void *) pair, strlen(pair), encoded, pg_b64_enc_len(strlen(pair)));
	encoded[Max(len, 0)] = '\0';
	return encoded;
}

/*
 * target_options.c
 *		Fuzzes options of calls and of DDL: any text either raises or leaves
 *		values within their bounds, the same for both.
 *
 *		input:  way | JSON text, or lines of name=value
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "config/endpoint.h"
#include "fuzz.h"
#include "guard.h"
#include "base/url.h"
#include "config/option.h"

#define MAX_PAIRS 40

typedef enum Way
{
	WAY_JSON_TEXT,
	WAY_JSON_PAIRS,				/* the value begins with its type: s n b z a */
	WAY_SERVER,
	WAY_MAPPING,
	WAYS
} Way;

typedef struct Pair
{
	char	   *name;
	char	   *value;
} Pair;

static int
split_pairs(char *text, Pair *pairs)
{
	int			count = 0;

	for (char *line = text; line != NULL && count < MAX_PAIRS; count++)
	{
		char	   *end = strchr(line, '\n');
		char	   *equals;

		if (end)
			*end = '\0';
		equals = strchr(line, '=');
		if (equals)
			*equals = '\0';
		pairs[count].name = line;
		pairs[count].value = equals ? equals + 1 : "";
		line = end ? end + 1 : NULL;
	}
	return count;
}

/* The text as jsonb; NULL when it is not JSON, which is not what is tested here. */
static Jsonb *
parse_json(char *text)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile Datum result = (Datum) 0;

	PG_TRY();
	{
		result = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		FlushErrorState();
	}
	PG_END_TRY();
	return result ? DatumGetJsonbP(result) : NULL;
}

static void
append_json_value(StringInfo json, const char *value)
{
	switch (value[0])
	{
		case 'n':
			appendStringInfoString(json, value[1] ? value + 1 : "0");
			break;
		case 'b':
			appendStringInfoString(json, value[1] & 1 ? "true" : "false");
			break;
		case 'z':
			appendStringInfoString(json, "null");
			break;
		case 'a':
			appendStringInfoChar(json, '[');
			for (const char *c = value + 1; *c; c++)
				appendStringInfo(json, "%s\"%c\"", c > value + 1 ? "," : "",
								 isalnum((unsigned char) *c) ? *c : '_');
			appendStringInfoChar(json, ']');
			break;
		default:
			/* not into the middle of a character */
			escape_json(json, value[0] == '\0' || IS_HIGHBIT_SET(value[0]) ? value : value + 1);
	}
}

static Jsonb *
json_of_pairs(const Pair *pairs, int count)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(&json, ',');
		escape_json(&json, pairs[i].name);
		appendStringInfoChar(&json, ':');
		append_json_value(&json, pairs[i].value);
	}
	appendStringInfoChar(&json, '}');
	return parse_json(json.data);
}

static void
check_secret(const char *secret)
{
	if (secret == NULL)
		return;
	FUZZ_CHECK(secret[0] != '\0');
	for (const char *c = secret; *c; c++)
		FUZZ_CHECK(*c > ' ' && *c <= '~');
}

static void
check_url(const char *url, bool is_proxy)
{
	if (url == NULL)
		return;
	FUZZ_CHECK(strstr(url, "://") != NULL);
	FUZZ_CHECK(url[strlen(url) - 1] != '/');
	FUZZ_CHECK(drs_url_problem(url, is_proxy) == NULL);
	FUZZ_CHECK(strpbrk(url, "?# \r\n\t") == NULL);
	FUZZ_CHECK(strchr(drs_url_host(url), '@') == NULL);
	check_secret(url);			/* printable ASCII */
}

static void
check_path(const char *path)
{
	FUZZ_CHECK(path == NULL || path[0] == '/');
}

/* Check the bounds that docs/options.md documents. */
static void
check_bounds(const Options *options)
{
	check_url(options->server.prediction_url, false);
	check_url(options->server.api_url, false);
	check_url(options->server.proxy, true);
	check_path(options->server.ca_file);
	check_path(options->server.client_cert);
	check_path(options->server.client_key);
	check_path(options->credentials.api_token_file);
	check_path(options->credentials.datarobot_key_file);
	check_secret(options->credentials.api_token);
	check_secret(options->credentials.datarobot_key);
	check_secret(options->credentials.username);
	FUZZ_CHECK(options->server.deployment == NULL || options->server.deployment[0] != '\0');
	FUZZ_CHECK(options->call.server == NULL || options->call.server[0] != '\0');
	FUZZ_CHECK(options->server.auth >= AUTH_BEARER && options->server.auth <= AUTH_NONE);
	FUZZ_CHECK(options->server.http_version >= HTTP_VERSION_AUTO &&
			   options->server.http_version <= HTTP_VERSION_2);
	FUZZ_CHECK(options->transfer.compression == COMPRESSION_NONE ||
			   options->transfer.compression == COMPRESSION_GZIP);
	FUZZ_CHECK(options->transfer.connect_timeout >= 1 &&
			   options->transfer.connect_timeout <= 600000);
	FUZZ_CHECK(options->transfer.request_timeout >= 1 &&
			   options->transfer.request_timeout <= 86400000);
	FUZZ_CHECK(options->transfer.max_attempts >= 1 && options->transfer.max_attempts <= 100);
	FUZZ_CHECK(options->transfer.retry_budget >= 0 && options->transfer.retry_budget <= 86400000);
	FUZZ_CHECK(options->server.rate_limit >= 0 && options->server.rate_limit <= 1e6);
	FUZZ_CHECK(options->transfer.chunk_rows >= 1 && options->transfer.chunk_rows <= 1000000);
	FUZZ_CHECK(options->transfer.chunk_size >= 1024 &&
			   options->transfer.chunk_size <= 50 * 1024 * 1024);
	FUZZ_CHECK(options->transfer.concurrency >= 1 && options->transfer.concurrency <= 64);
	FUZZ_CHECK(options->transfer.max_reply_size >= 1024 &&
			   options->transfer.max_reply_size <= 1000 * 1024 * 1024);
	FUZZ_CHECK(*(const unsigned char *) &options->server.allow_http <= 1);
	FUZZ_CHECK(*(const unsigned char *) &options->call.verify_order <= 1);
}

/* Check that options that calls and servers share are parsed to the same values. */
static void
check_same_tuning(const Options *a, const Options *b)
{
	FUZZ_CHECK(a->transfer.connect_timeout == b->transfer.connect_timeout);
	FUZZ_CHECK(a->transfer.request_timeout == b->transfer.request_timeout);
	FUZZ_CHECK(a->transfer.max_attempts == b->transfer.max_attempts);
	FUZZ_CHECK(a->transfer.retry_budget == b->transfer.retry_budget);
	FUZZ_CHECK(a->transfer.chunk_rows == b->transfer.chunk_rows);
	FUZZ_CHECK(a->transfer.chunk_size == b->transfer.chunk_size);
	FUZZ_CHECK(a->transfer.concurrency == b->transfer.concurrency);
	FUZZ_CHECK(a->transfer.max_reply_size == b->transfer.max_reply_size);
	FUZZ_CHECK(a->transfer.compression == b->transfer.compression);
}

static void
check_call_agrees(const char *name, const char *value)
{
	static const char *const tuning[] = {
		"connect_timeout", "request_timeout", "max_attempts", "retry_budget", "chunk_rows",
		"chunk_size", "concurrency", "max_reply_size", "compression"
	};
	Options		by_ddl,
				by_call;
	Pair		pair = {unconstify(char *, name), psprintf("s%s", value)};

	for (size_t i = 0; i < lengthof(tuning); i++)
	{
		if (strcmp(tuning[i], name) != 0)
			continue;
		drs_options_init(&by_ddl);
		drs_options_init(&by_call);
		drs_options_add_list(&by_ddl,
							 list_make1(makeDefElem(pstrdup(name),
													(Node *) makeString(pstrdup(value)), -1)),
							 OPTION_SERVER);
		drs_options_add_jsonb(&by_call, json_of_pairs(&pair, 1), OPTION_CALL);
		check_same_tuning(&by_ddl, &by_call);
	}
}

/* As the validator does it. */
static void
run_ddl(char *text, OptionHome home)
{
	Pair		pairs[MAX_PAIRS];
	int			count = split_pairs(text, pairs);
	List	   *list = NIL;
	Options		options;

	for (int i = 0; i < count; i++)
	{
		drs_option_check(pairs[i].name, pairs[i].value, home);
		if (home == OPTION_SERVER)
			check_call_agrees(pairs[i].name, pairs[i].value);
		(void) drs_option_names_file(pairs[i].name);
		list = lappend(list, makeDefElem(pairs[i].name, (Node *) makeString(pairs[i].value), -1));
	}
	drs_options_init(&options);
	drs_options_add_list(&options, list, home);
	check_bounds(&options);
	drs_endpoint_check_options(&options, home);
	FUZZ_CHECK((options.transfer.concurrency + 2.0) * options.transfer.chunk_size <=
			   1024.0 * 1024 * 1024);
	FUZZ_CHECK(options.server.allow_http || options.server.prediction_url == NULL ||
			   pg_strncasecmp(options.server.prediction_url, "https:", 6) == 0);
}

static void
run_call(char *text, bool is_json)
{
	Pair		pairs[MAX_PAIRS];
	Jsonb	   *json = is_json ? parse_json(text) : json_of_pairs(pairs, split_pairs(text, pairs));
	Options		options;

	if (json == NULL)
		return;
	drs_options_init(&options);
	drs_options_add_jsonb(&options, json, OPTION_CALL);
	check_bounds(&options);
	/* a call cannot set where to connect, nor as whom */
	FUZZ_CHECK(options.server.prediction_url == NULL && options.server.api_url == NULL &&
			   options.server.proxy == NULL);
	FUZZ_CHECK(options.credentials.api_token == NULL &&
			   options.credentials.api_token_file == NULL && !options.server.allow_http);
	drs_endpoint_check_options(&options, OPTION_CALL);
}

static void
run(const uint8_t *data, size_t size)
{
	char	   *text;

	if (size < 1 ||
		!pg_verify_mbstr(GetDatabaseEncoding(), (const char *) data + 1, size - 1, true))
		return;
	text = pnstrdup((const char *) data + 1, size - 1);
	switch (data[0] % WAYS)
	{
		case WAY_SERVER:
			run_ddl(text, OPTION_SERVER);
			break;
		case WAY_MAPPING:
			run_ddl(text, OPTION_MAPPING);
			break;
		default:
			run_call(text, data[0] % WAYS == WAY_JSON_TEXT);
	}
}

static const int expected[] = {
	ERRCODE_FDW_INVALID_OPTION_NAME, ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE,
	ERRCODE_INVALID_PARAMETER_VALUE, ERRCODE_FEATURE_NOT_SUPPORTED, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	0
};

const FuzzTarget drs_fuzz_options = {"options", NULL, run, expected};

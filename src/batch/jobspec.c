/*
 * jobspec.c
 *		Checks specifications of batch jobs, and hides secrets in them.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "base/jsonbcursor.h"
#include "batch/jobfields.h"
#include "batch/jobrules.h"
#include "batch/jobspec.h"
#include "batch/template.h"

#define REDACTED "[redacted]"

static Jsonb *
parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

Jsonb *
drs_jobspec_check(Jsonb *spec, JobSpecKind kind, bool strict)
{
	JsonbValue	whole = {.type = jbvBinary,
	.val.binary = {.len = (int) VARSIZE(spec), .data = &spec->root}};
	StringInfoData json;
	Jsonb	   *wire;

	initStringInfo(&json);
	drs_optionwire_append(&json, &drs_job_fields, &whole, "spec", strict);
	wire = parse(json.data);
	drs_jobrules_check(&wire->root, kind);
	drs_template_warn(&wire->root);
	return wire;
}

const char *
drs_jobspec_wire_name(const char *name)
{
	const OptionTable *table = &drs_job_fields.table;

	for (int i = 0; i < table->ndefs; i++)
		if (strcmp(table->defs[i].name, name) == 0 ||
			strcmp(table->defs[i].wire_name, name) == 0)
			return table->defs[i].wire_name;
	return NULL;
}

/* ---- secrets */

/* Is the value of a member of this name a secret? */
static bool
is_secret_name(const char *name)
{
	static const char *const names[] = {
		"apiKey", "api_key", "datarobotKey", "datarobot_key", "customerKey", "customer_key",
		"headers"
	};

	for (size_t i = 0; name && i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The host of a text that is a URL, after its scheme; NULL when it is none. */
static const char *
host_of(const char *text)
{
	size_t		scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.");

	return scheme > 0 && strncmp(text + scheme, "://", 3) == 0 ? text + scheme + 3 : NULL;
}

/*
 * A text; of a URL, without user and password, and without its query, which
 * may contain the signature that allows to read it.  Palloc'd.
 */
static char *
redact_text(const char *text)
{
	const char *host = host_of(text);
	const char *path;
	const char *after_user = host;
	const char *query;

	if (host == NULL)
		return pstrdup(text);
	path = host + strcspn(host, "/?#");
	query = host + strcspn(host, "?");
	for (const char *c = host; c < path; c++)
		if (*c == '@')
			after_user = c;
	return psprintf("%.*s%s%.*s%s", (int) (host - text), text,
					after_user > host ? REDACTED : "", (int) (query - after_user), after_user,
					*query ? "?" REDACTED : "");
}

static void append_redacted(StringInfo json, const char *name, const JsonbValue *value);

static void
append_container(StringInfo json, JsonbContainer *container)
{
	bool		is_object = JsonContainerIsObject(container);
	JsonbCursor cursor = drs_jsonb_open(container);
	bool		first = true;

	appendStringInfoChar(json, is_object ? '{' : '[');
	while (drs_jsonb_next(&cursor))
	{
		if (!first)
			appendStringInfoString(json, ", ");
		first = false;
		if (cursor.name)
		{
			escape_json(json, cursor.name);
			appendStringInfoString(json, ": ");
		}
		append_redacted(json, cursor.name, &cursor.value);
	}
	appendStringInfoChar(json, is_object ? '}' : ']');
}

static void
append_redacted(StringInfo json, const char *name, const JsonbValue *value)
{
	if (value->type == jbvNull)
		appendStringInfoString(json, "null");
	else if (is_secret_name(name))
		escape_json(json, REDACTED);
	else if (value->type == jbvBinary)
		append_container(json, value->val.binary.data);
	else if (value->type == jbvString)
		escape_json(json, redact_text(drs_jsonb_text(value)));
	else
		appendStringInfoString(json, drs_jsonb_text(value));
}

Jsonb *
drs_jobspec_redact(Jsonb *spec)
{
	StringInfoData json;
	Jsonb	   *shown;

	initStringInfo(&json);
	append_container(&json, &spec->root);
	shown = parse(json.data);
	return compareJsonbContainers(&spec->root, &shown->root) == 0 ? spec : shown;
}

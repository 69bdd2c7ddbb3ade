/*
 * jobspec.c
 *		Checks specifications of batch jobs, and hides secrets in them.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "batch/clientoptions.h"
#include "batch/jobfields.h"
#include "batch/jobrules.h"
#include "batch/jobspec.h"
#include "batch/template.h"

#define REDACTED "[redacted]"

Jsonb *
drs_jobspec_check(Jsonb *spec, JobSpecKind kind, bool strict)
{
	JsonbValue	whole = {.type = jbvBinary,
	.val.binary = {.len = (int) VARSIZE(spec), .data = &spec->root}};
	StringInfoData json;
	Jsonb	   *wire;

	initStringInfo(&json);
	if (JB_ROOT_IS_OBJECT(spec))
		drs_clientoptions_refuse(&spec->root);
	drs_optionwire_append(&json, &drs_job_fields, &whole, "spec", strict);
	wire = drs_jsonbtext_parse(json.data);
	drs_jobrules_check(&wire->root, kind == JOBSPEC_WHOLE, strict);
	drs_template_warn(&wire->root);
	return wire;
}

const char *
drs_jobspec_wire_name(const char *name)
{
	const OptionTable *table = &drs_job_fields.table;

	for (int i = 0; i < table->ndefs; i++)
	{
		const OptionDef *def = &table->defs[i];

		if (strcmp(def->name, name) == 0 ||
			(def->wire_name && strcmp(def->wire_name, name) == 0))
			return def->wire_name ? def->wire_name : def->name;
	}
	return NULL;
}

/* ---- secrets */

/* Does a text contain another one, whose letters are lower-case, in any case of letters? */
static bool
contains(const char *text, const char *part)
{
	size_t		len = strlen(part);

	for (; *text; text++)
		if (pg_strncasecmp(text, part, len) == 0)
			return true;
	return false;
}

/*
 * Is the value of a member of this name a secret?  Those that we know are the keys of a
 * prediction instance and of encryption, and headers; others may be of a service that is
 * newer.
 */
static bool
is_secret_name(const char *name)
{
	static const char *const parts[] = {
		"apikey", "api_key", "datarobotkey", "datarobot_key", "customerkey", "customer_key",
		"accesskey", "access_key", "privatekey", "private_key", "password", "passphrase",
		"secret", "token"
	};

	if (name == NULL)
		return false;
	for (size_t i = 0; i < lengthof(parts); i++)
		if (contains(name, parts[i]))
			return true;
	return pg_strcasecmp(name, "headers") == 0;
}

/* Where the secrets of a URL are: user and password, and its query. */
typedef struct UrlParts
{
	const char *host;			/* after the scheme: the user, if there is one */
	const char *user_end;		/* its @; NULL: none */
	const char *query;			/* its question mark, or the end */
} UrlParts;

/* Take a text apart, if it is a URL. */
static bool
take_apart(const char *text, UrlParts *parts)
{
	size_t		scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
									"0123456789+-.");
	const char *path;

	if (scheme == 0 || strncmp(text + scheme, "://", 3) != 0)
		return false;
	parts->host = text + scheme + 3;
	parts->user_end = NULL;
	parts->query = parts->host + strcspn(parts->host, "?");
	path = parts->host + strcspn(parts->host, "/?#");
	for (const char *c = parts->host; c < path; c++)
		if (*c == '@')
			parts->user_end = c;
	return true;
}

/*
 * A text; of a URL, without user and password, and without its query, which
 * may contain the signature that allows to read it.  Palloc'd.
 */
static char *
redact_text(const char *text)
{
	UrlParts	url;
	const char *shown;

	if (!take_apart(text, &url))
		return pstrdup(text);
	shown = url.user_end ? url.user_end + 1 : url.host;
	return psprintf("%.*s%s%.*s%s", (int) (url.host - text), text,
					url.user_end ? REDACTED "@" : "", (int) (url.query - shown), shown,
					*url.query ? "?" REDACTED : "");
}

/* Names of columns are no secrets, whatever they are. */
static bool
is_renaming(const char *name)
{
	return name && (strcmp(name, "columnNamesRemapping") == 0 ||
					strcmp(name, "column_names_remapping") == 0);
}

static void append_redacted(StringInfo json, const char *name, const JsonbValue *value);

static void
append_container(StringInfo json, JsonbContainer *container)
{
	bool		is_object = JsonContainerIsObject(container);
	JsonbCursor cursor = drs_jsonb_open(container);

	check_stack_depth();
	appendStringInfoChar(json, is_object ? '{' : '[');
	while (drs_jsonb_next(&cursor))
	{
		drs_jsonbtext_name(json, cursor.name);
		append_redacted(json, cursor.name, &cursor.value);
	}
	appendStringInfoChar(json, is_object ? '}' : ']');
}

static void
append_redacted(StringInfo json, const char *name, const JsonbValue *value)
{
	bool		is_text = value->type == jbvString || value->type == jbvBinary;

	if (is_renaming(name))
		drs_jsonbtext_append(json, value);
	else if (is_text && is_secret_name(name))
		escape_json(json, REDACTED);
	else if (value->type == jbvBinary)
		append_container(json, value->val.binary.data);
	else if (value->type == jbvString)
		escape_json(json, redact_text(drs_jsonb_text(value)));
	else
		drs_jsonbtext_append(json, value);
}

Jsonb *
drs_jobspec_redact(JsonbContainer *spec)
{
	StringInfoData json;

	initStringInfo(&json);
	append_container(&json, spec);
	return drs_jsonbtext_parse(json.data);
}

/* The password in a URL, or else its user, and its query. */
static List *
add_url_secrets(List *secrets, const char *text)
{
	UrlParts	url;
	const char *colon;

	if (!take_apart(text, &url))
		return secrets;
	if (url.user_end)
	{
		colon = memchr(url.host, ':', url.user_end - url.host);
		colon = colon ? colon + 1 : url.host;
		secrets = lappend(secrets, pnstrdup(colon, url.user_end - colon));
	}
	return *url.query ? lappend(secrets, pstrdup(url.query + 1)) : secrets;
}

static List *
add_secrets(List *secrets, JsonbContainer *container, bool all)
{
	JsonbCursor cursor = drs_jsonb_open(container);

	check_stack_depth();
	while (drs_jsonb_next(&cursor))
	{
		bool		secret = all || is_secret_name(cursor.name);

		if (is_renaming(cursor.name))
			continue;
		if (cursor.value.type == jbvBinary)
			secrets = add_secrets(secrets, cursor.value.val.binary.data, secret);
		else if (cursor.value.type == jbvString && secret)
			secrets = lappend(secrets, drs_jsonb_text(&cursor.value));
		else if (cursor.value.type == jbvString)
			secrets = add_url_secrets(secrets, drs_jsonb_text(&cursor.value));
	}
	return secrets;
}

List *
drs_jobspec_secrets(const Jsonb *spec)
{
	return add_secrets(NIL, unconstify(JsonbContainer *, &spec->root), false);
}

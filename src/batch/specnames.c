/*
 * specnames.c
 *		Looks up the ids of names in specifications of batch jobs.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "batch/jobspec.h"
#include "batch/specnames.h"

/* What has names, and how it is listed (docs/api.md 4.6). */
typedef struct NamedKind
{
	const char *field;			/* of the specification */
	const char *id_field;		/* which replaces it */
	const char *path;
	const char *id;				/* members of the list's objects */
	const char *name;
	const char *what;			/* for messages */
} NamedKind;

static const NamedKind kinds[] = {
	{"credential", "credentialId", "/credentials/", "credentialId", "name", "credential"},
	{"dataStore", "dataStoreId", "/externalDataStores/", "id", "canonicalName", "data store"},
};

/* A name that is looked for in a list. */
typedef struct NameSearch
{
	const NamedKind *kind;
	const char *wanted;
	char	   *id;
	int			found;
} NameSearch;

static bool
look_at_record(JsonbContainer *record, void *arg)
{
	NameSearch *search = arg;
	char	   *name = drs_jsonpath_text(record, search->kind->name);

	if (name && strcmp(name, search->wanted) == 0)
	{
		search->found++;
		search->id = drs_jsonpath_text(record, search->kind->id);
	}
	return true;
}

/* The id of a name, which may be one. */
static char *
find_id(PublicApi *api, const NamedKind *kind, const char *name)
{
	NameSearch	search = {.kind = kind, .wanted = name};
	ApiAnswer	refused;

	if (drs_deployment_is_id(name))
		return pstrdup(name);
	if (!drs_api_list(api, kind->path, look_at_record, &search, &refused))
		drs_api_raise(api, &refused);
	if (search.found > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("%d %ss are called \"%s\"", search.found, kind->what, name),
				 errhint("Give its id in place of its name.")));
	if (search.id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no %s \"%s\", or it is not yours", kind->what, name)));
	return search.id;
}

static const NamedKind *
kind_of(const char *field, const JsonbValue *value)
{
	for (size_t i = 0; i < lengthof(kinds) && value->type == jbvString; i++)
		if (strcmp(kinds[i].field, field) == 0)
			return &kinds[i];
	return NULL;
}

static void
append_settings(PublicApi *api, StringInfo json, JsonbContainer *settings)
{
	JsonbCursor cursor = drs_jsonb_open(settings);

	appendStringInfoChar(json, '{');
	while (drs_jsonb_next(&cursor))
	{
		const NamedKind *kind = kind_of(cursor.name, &cursor.value);

		if (kind)
		{
			drs_jsonbtext_text(json, kind->id_field,
							   find_id(api, kind, drs_jsonb_text(&cursor.value)));
			continue;
		}
		drs_jsonbtext_name(json, cursor.name);
		drs_jsonbtext_append(json, &cursor.value);
	}
	appendStringInfoChar(json, '}');
}

/* Is there a name to be replaced? */
static bool
has_names(Jsonb *spec)
{
	static const char *const paths[] = {
		"deployment", "intakeSettings.credential", "intakeSettings.dataStore",
		"outputSettings.credential", "outputSettings.dataStore"
	};

	for (size_t i = 0; i < lengthof(paths); i++)
		if (drs_jsonpath_text(&spec->root, paths[i]))
			return true;
	return false;
}

Jsonb *
drs_specnames_resolve(PublicApi *api, Jsonb *spec)
{
	JsonbCursor cursor = drs_jsonb_open(&spec->root);
	StringInfoData json;

	if (!has_names(spec))
		return spec;
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while (drs_jsonb_next(&cursor))
	{
		bool		is_settings = strcmp(cursor.name, "intakeSettings") == 0 ||
			strcmp(cursor.name, "outputSettings") == 0;

		if (strcmp(cursor.name, "deployment") == 0)
		{
			drs_jsonbtext_text(&json, "deploymentId",
							   drs_deployment_id(api, drs_jsonb_text(&cursor.value)));
			continue;
		}
		drs_jsonbtext_name(&json, cursor.name);
		if (is_settings && cursor.value.type == jbvBinary)
			append_settings(api, &json, cursor.value.val.binary.data);
		else
			drs_jsonbtext_append(&json, &cursor.value);
	}
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

/* ---- the default */

/* Does a specification name what scores, in any way? */
static bool
names_model(Jsonb *spec)
{
	static const char *const names[] = {"deployment", "deploymentId", "modelId", "modelPackageId",
										NULL};
	JsonbCursor cursor;

	if (!JB_ROOT_IS_OBJECT(spec))
		return true;			/* refused when it is checked */
	cursor = drs_jsonb_open(&spec->root);
	while (drs_jsonb_next(&cursor))
	{
		const char *wire = drs_jobspec_wire_name(cursor.name);

		for (const char *const *name = names; wire && *name; name++)
			if (strcmp(*name, wire) == 0 && cursor.value.type != jbvNull)
				return true;
	}
	return false;
}

/* The members of an object, after a first one with a text. */
static Jsonb *
with_member(Jsonb *object, const char *name, const char *value)
{
	JsonbCursor cursor = drs_jsonb_open(&object->root);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, name, value);
	while (drs_jsonb_next(&cursor))
	{
		if (strcmp(cursor.name, name) == 0)
			continue;			/* it is null */
		drs_jsonbtext_name(&json, cursor.name);
		drs_jsonbtext_append(&json, &cursor.value);
	}
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

Jsonb *
drs_specnames_default(Jsonb *spec, const char *deployment)
{
	return deployment && !names_model(spec) ? with_member(spec, "deployment", deployment) : spec;
}

/*
 * template.c
 *		Finds template variables in specifications of batch jobs.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "api/jsonpath.h"
#include "base/closest.h"
#include "base/jsonbcursor.h"
#include "batch/template.h"

#define OPENING "{{"

static const char *const variables[] = {
	"current_run_time", "current_run_timestamp", "last_scheduled_run_time",
	"next_scheduled_run_time", "last_completed_run_time"
};

/* Where a text is, and what decides whether a template is replaced there. */
typedef struct TemplateContext
{
	JsonbContainer *spec;
	const char *settings;		/* "intakeSettings", or NULL elsewhere */
} TemplateContext;

static bool
is_type(const TemplateContext *context, const char *const *types)
{
	char	   *type = drs_jsonpath_text(context->spec, psprintf("%s.type", context->settings));

	for (; type && *types; types++)
		if (strcmp(*types, type) == 0)
			return true;
	return false;
}

static bool
is_output(const TemplateContext *context)
{
	return context->settings && strcmp(context->settings, "outputSettings") == 0;
}

/* Does the output make its table, as far as it can be said? */
static bool
creates_table(const TemplateContext *context)
{
	char	   *statement = drs_jsonpath_text(context->spec, "outputSettings.statementType");

	return (statement && (strcmp(statement, "createTable") == 0 ||
						  strcmp(statement, "create_table") == 0)) ||
		drs_jsonpath_is_true(context->spec, "outputSettings.createTableIfNotExists");
}

/* Does the service replace templates in this field? */
static bool
takes_template(const TemplateContext *context, const char *name)
{
	static const char *const queried[] = {"jdbc", "synapse", "snowflake", NULL};
	static const char *const bigquery[] = {"bigquery", NULL};
	static const char *const buckets[] = {"s3", "gcp", "azure", NULL};

	if (context->settings == NULL)
		return false;
	if (!is_output(context))
		return strcmp(name, "query") == 0 && is_type(context, queried);
	if (strcmp(name, "table") == 0)
		return is_type(context, bigquery) || (is_type(context, queried) && creates_table(context));
	return strcmp(name, "url") == 0 && is_type(context, buckets);
}

/* A template whose first word is no variable. */
static void
warn_unknown(const char *field, const char *at)
{
	const char *word = at + strspn(at, " \t\r\n-");
	int			len = (int) strspn(word, "abcdefghijklmnopqrstuvwxyz"
								   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	char	   *name = pnstrdup(word, len);
	ClosestName closest;

	drs_closest_init(&closest, name);
	for (size_t i = 0; i < lengthof(variables); i++)
	{
		if (strcmp(variables[i], name) == 0)
			return;
		drs_closest_try(&closest, variables[i]);
	}
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("option \"%s\" contains {{ without the name of a template variable", field),
			 errdetail("DataRobot replaces what is between {{ and }}."),
			 closest.found ? errhint("Perhaps you meant the variable \"%s\".", closest.found)
			 : errhint("Variables are: current_run_time, current_run_timestamp, "
					   "last_scheduled_run_time, next_scheduled_run_time, "
					   "last_completed_run_time.")));
}

static void
look_at_text(const TemplateContext *context, const char *name, const char *text)
{
	const char *field = context->settings == NULL ? name :
		psprintf("%s.%s", is_output(context) ? "output_settings" : "intake_settings", name);
	const char *at = strstr(text, OPENING);

	if (at && !takes_template(context, name))
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("DataRobot does not replace template variables in \"%s\"", field),
				 errdetail("It replaces them in the query of an intake of type jdbc, synapse or "
						   "snowflake, in the table of an output that creates it, and in the URL "
						   "of an output of type s3, gcp or azure.")));
	else
		for (; at; at = strstr(at, OPENING))
		{
			at += strlen(OPENING);
			warn_unknown(field, at);
		}
}

/* The texts among the members or elements of a container, and below. */
static void
look_at(const TemplateContext *context, const char *name, JsonbContainer *container)
{
	JsonbCursor cursor = drs_jsonb_open(container);

	check_stack_depth();
	while (drs_jsonb_next(&cursor))
	{
		const char *member = cursor.name ? cursor.name : name;
		TemplateContext inner = *context;

		if (cursor.value.type == jbvString)
			look_at_text(context, member, drs_jsonb_text(&cursor.value));
		if (cursor.value.type != jbvBinary)
			continue;
		if (container == context->spec && (strcmp(member, "intakeSettings") == 0 ||
										   strcmp(member, "outputSettings") == 0))
			inner.settings = member;
		look_at(&inner, member, cursor.value.val.binary.data);
	}
}

void
drs_template_warn(JsonbContainer *spec)
{
	TemplateContext context = {.spec = spec};

	look_at(&context, "", spec);
}

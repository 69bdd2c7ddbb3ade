/*
 * importschema.c
 *		IMPORT FOREIGN SCHEMA: a scored table for each deployment.
 *
 * A deployment is left out when nothing is known of its features, the source
 * lacks one of them, or DataRobot does not score it.  Whatever else goes wrong
 * is an error: an import that is silently incomplete is worse.
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "api/deployment.h"
#include "api/featurecompare.h"
#include "api/jsonpath.h"
#include "base/ddl.h"
#include "scored/importschema.h"
#include "scored/tableoptions.h"
#include "scored/tablestatement.h"

/* What the schema of deployments is called. */
#define SCHEMA_NAME "deployments"

/* A deployment that may get a table. */
typedef struct Candidate
{
	char	   *id;
	char	   *name;			/* of the table: the label as SQL would cut it, or the id */
} Candidate;

typedef struct Import
{
	PredictedTable table;		/* for the current candidate */
	Jsonb	   *options;		/* of the tables */
	List	   *candidates;		/* of Candidate * */
} Import;

/* Options of IMPORT FOREIGN SCHEMA that are not of the tables. */
typedef struct ImportOptions
{
	char	   *source;
	char	   *prefix;
	List	   *others;			/* of DefElem * */
} ImportOptions;

static ImportOptions
read_options(List *defelems)
{
	ImportOptions options = {.prefix = ""};
	ListCell   *lc;

	foreach(lc, defelems)
	{
		DefElem    *elem = lfirst_node(DefElem, lc);

		if (strcmp(elem->defname, "source") == 0)
			options.source = defGetString(elem);
		else if (strcmp(elem->defname, "prefix") == 0)
			options.prefix = defGetString(elem);
		else
			options.others = lappend(options.others, elem);
	}
	if (options.source == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("IMPORT FOREIGN SCHEMA needs the option \"source\""),
				 errhint("It names the table whose rows are to be scored.")));
	return options;
}

static bool
add_candidate(JsonbContainer *record, void *arg)
{
	Import	   *import = arg;
	Candidate  *candidate = palloc(sizeof(Candidate));
	char	   *label = drs_jsonpath_text(record, "label");

	candidate->id = drs_jsonpath_text(record, "id");
	if (candidate->id == NULL)
		return true;
	candidate->name = label && label[0] != '\0' ? label : candidate->id;
	candidate->name[pg_mbcliplen(candidate->name, (int) strlen(candidate->name),
								 NAMEDATALEN - 1)] = '\0';
	import->candidates = lappend(import->candidates, candidate);
	return true;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	const Candidate *left = lfirst(a);
	const Candidate *right = lfirst(b);
	int			order = strcmp(left->name, right->name);

	return order != 0 ? order : strcmp(left->id, right->id);
}

/* Call deployments with the same name by their ids. */
static void
part_names(List *candidates)
{
	for (int i = 0, next; i < list_length(candidates); i = next)
	{
		const char *name = ((Candidate *) list_nth(candidates, i))->name;

		for (next = i + 1; next < list_length(candidates); next++)
			if (strcmp(((Candidate *) list_nth(candidates, next))->name, name) != 0)
				break;
		for (int j = i; next - i > 1 && j < next; j++)
			((Candidate *) list_nth(candidates, j))->name =
				((Candidate *) list_nth(candidates, j))->id;
	}
}

static void
list_candidates(Import *import)
{
	PublicApi  *api = drs_api_open(import->table.endpoint);
	ApiAnswer	refused;

	if (!drs_api_list(api, "/deployments/?limit=100", add_candidate, import, &refused))
		drs_api_raise(api, &refused);
	drs_api_close(api);
	list_sort(import->candidates, compare_names);
	part_names(import->candidates);
}

/* The statements for candidates that suit the source and are wanted. */
static List *
table_statements(Import *import, ImportForeignSchemaStmt *stmt)
{
	PublicApi  *api = drs_api_open(import->table.endpoint);
	List	   *statements = NIL;
	ListCell   *lc;

	foreach(lc, import->candidates)
	{
		const Candidate *candidate = lfirst(lc);

		if (!IsImportableForeignTable(candidate->name, stmt) ||
			!drs_predictedtable_fits(&import->table, api, candidate->id))
			continue;
		statements = lappend(statements,
							 drs_tablestatement(&import->table, quote_identifier(candidate->name),
												import->options));
	}
	drs_api_close(api);
	return statements;
}

static void
check_schema(const ImportForeignSchemaStmt *stmt)
{
	if (strcmp(stmt->remote_schema, SCHEMA_NAME) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("there is no schema \"%s\" to import", stmt->remote_schema),
				 errhint("The schema of all deployments is called \"%s\".", SCHEMA_NAME)));
}

List *
drs_importschema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	ImportOptions options;
	Import		import = {0};

	check_schema(stmt);
	options = read_options(stmt->options);
	drs_tableoptions_refuse_server(options.others);
	import.options = drs_options_list_as_jsonb(options.others, OPTION_TABLE);
	import.table.endpoint = drs_endpoint_resolve(stmt->server_name, import.options, OPTION_TABLE);
	import.table.prefix = options.prefix;
	drs_tablestatement_source(&import.table, drs_ddl_name(options.source, "source"));
	list_candidates(&import);
	return table_statements(&import, stmt);
}

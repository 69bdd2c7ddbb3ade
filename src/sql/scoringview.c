/*
 * scoringview.c
 *		The function create_scoring_view: a view of a table's rows with their
 *		predictions.
 *
 * The view is SQL that a user could have written: predict_row over the rows
 * of the source.  It sends the columns that the deployment looks for.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "api/predictedtable.h"
#include "api/targetcolumns.h"
#include "base/ddl.h"
#include "base/names.h"
#include "rows/source.h"
#include "rows/sourcecolumns.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_create_scoring_view);

/* Arguments of the SQL function. */
enum
{
	ARG_NAME,
	ARG_DEPLOYMENT,
	ARG_SOURCE,
	ARG_KEY_COLUMNS,
	ARG_PREFIX,
	ARG_MATERIALIZED,
	ARG_SERVER,
	ARG_OPTIONS
};

typedef struct ScoringView
{
	PredictedTable table;
	char	   *result;			/* the name of predict_row's result within the view */
} ScoringView;

/* A name for predict_row's result that no column of the source has. */
static char *
choose_result(const ScoringView *view)
{
	char	   *name = "datarobot_prediction";

	while (drs_names_column(view->table.desc, name) >= 0)
		name = psprintf("%s_", name);
	return name;
}

/*
 * The caller's options with server and key columns: the view must not depend
 * on the settings of whoever reads it.
 */
static char *
view_options(const PredictedTable *table, Jsonb *options)
{
	StringInfoData ours;
	Datum		merged;
	ListCell   *lc;

	initStringInfo(&ours);
	appendStringInfoString(&ours, "{\"server\": ");
	escape_json(&ours, table->endpoint->server_name);
	foreach(lc, table->keys)
	{
		appendStringInfoString(&ours,
							   lc == list_head(table->keys) ? ", \"key_columns\": [" : ", ");
		escape_json(&ours, lfirst(lc));
	}
	appendStringInfoString(&ours, table->keys ? "]}" : "}");
	merged = DirectFunctionCall1(jsonb_in, CStringGetDatum(ours.data));
	if (options)
	{
		Datum		theirs = DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(options),
												 CStringGetTextDatum("keyColumns"));

		merged = DirectFunctionCall2(jsonb_concat, theirs, merged);
	}
	return JsonbToCString(NULL, &DatumGetJsonbP(merged)->root, 0);
}

/* The select list of the view: the source's columns, then what is predicted. */
static char *
select_list(const ScoringView *view)
{
	const PredictedTable *table = &view->table;
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	for (int i = 0; i < table->desc->natts; i++)
		appendStringInfo(&list, "s.%s, ",
						 quote_identifier(NameStr(TupleDescAttr(table->desc, i)->attname)));
	foreach(lc, table->predicted)
	{
		const ResultColumn *column = lfirst(lc);

		appendStringInfo(&list, "%s(s.%s).%s::%s AS %s",
						 lc == list_head(table->predicted) ? "" : ", ",
						 quote_identifier(view->result), column->name, column->type,
						 quote_identifier(drs_predictedtable_name(table, column->name)));
	}
	return list.data;
}

static char *
view_statement(const ScoringView *view, const RangeVar *name, bool materialized, Jsonb *options)
{
	/* f.* is the row even if the source has a column f; f alone would be that column */
	return psprintf("CREATE %sVIEW %s AS SELECT %s FROM "
					"(SELECT f.*, datarobot.predict_row(f.*, %s, %s) OVER () AS %s "
					"FROM (SELECT * FROM %s) f) s",
					materialized ? "MATERIALIZED " : "", drs_ddl_quote(name), select_list(view),
					quote_literal_cstr(view->table.id),
					quote_literal_cstr(view_options(&view->table, options)),
					quote_identifier(view->result), view->table.source);
}

Datum
drs_create_scoring_view(PG_FUNCTION_ARGS)
{
	RangeVar   *name = drs_ddl_name(drs_argument_text(fcinfo, ARG_NAME), "view");
	Jsonb	   *options = PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS);
	bool		materialized = !PG_ARGISNULL(ARG_MATERIALIZED) && PG_GETARG_BOOL(ARG_MATERIALIZED);
	ScoreArguments args = {
		.key_columns = drs_argument_names(fcinfo, ARG_KEY_COLUMNS, "key_columns"),
		.server = drs_argument_text(fcinfo, ARG_SERVER),
		.options = options
	};
	ScoringView view = {0};
	PredictedTable *table = &view.table;

	table->endpoint = drs_arguments_resolve(&args, OPTION_WINDOW);
	drs_columns_refuse_passthrough(&table->endpoint->options);	/* as predict_row would */
	table->source = drs_ddl_quote(drs_ddl_name(drs_argument_text(fcinfo, ARG_SOURCE), "source"));
	table->desc = drs_source_describe(psprintf("SELECT * FROM %s", table->source));
	table->prefix = PG_ARGISNULL(ARG_PREFIX) ? "" : drs_argument_text(fcinfo, ARG_PREFIX);
	drs_predictedtable_ask(table, drs_argument_text(fcinfo, ARG_DEPLOYMENT));
	view.result = choose_result(&view);
	drs_ddl_run(view_statement(&view, name, materialized, options));
	PG_RETURN_OID(RangeVarGetRelid(name, NoLock, false));
}

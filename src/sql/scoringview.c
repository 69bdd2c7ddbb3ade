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

#include "api/address.h"
#include "api/deployment.h"
#include "api/featurecompare.h"
#include "base/ddl.h"
#include "base/names.h"
#include "base/renaming.h"
#include "rows/source.h"
#include "rows/sourcecolumns.h"
#include "sql/arguments.h"
#include "sql/targetcolumns.h"

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
	Endpoint   *endpoint;
	char	   *source;			/* quoted for SQL */
	TupleDesc	desc;			/* of the source */
	const char *prefix;			/* of the predicted columns' names */
	char	   *id;				/* of the deployment */
	char	   *result;			/* the name of predict_row's result within the view */
	List	   *predicted;		/* of ResultColumn * */
	List	   *keys;			/* columns of the source that are not sent, of char * */
} ScoringView;

/*
 * Columns that are neither features nor the association ID are not sent; when
 * nothing is known of features, all are.
 */
static void
choose_keys(ScoringView *view, List *features, List *association)
{
	List	   *wanted = list_concat(drs_features_names(features), association);

	view->keys = list_copy(view->endpoint->options.call.key_columns);
	for (int i = 0; features != NIL && i < view->desc->natts; i++)
	{
		char	   *name = NameStr(TupleDescAttr(view->desc, i)->attname);
		const char *sent_as = drs_renaming_apply(view->endpoint->options.call.feature_names, name);

		if (!drs_names_have(wanted, sent_as) && !drs_names_have(view->keys, name))
			view->keys = lappend(view->keys, name);
	}
}

/*
 * Ask the public API about the deployment, and raise if its predictions could
 * not be read through the view.
 */
static void
ask_about_deployment(ScoringView *view, const char *name)
{
	OpenDeployment deployment = drs_deployment_open(view->endpoint, name);
	Jsonb	   *record = drs_deployment_record(deployment.api, deployment.id);
	List	   *features;
	bool		required;

	view->id = deployment.id;
	view->predicted = drs_result_columns(&record->root, view->id);
	features = drs_model_features_needed(deployment.api, view->id);
	choose_keys(view, features, drs_deployment_association(deployment.api, view->id, &required));
	drs_api_close(deployment.api);

	/*
	 * Raise for missing features.  Columns that the view will not send still count as
	 * sent here, so that the hint can name the one that is probably meant.
	 */
	(void) drs_features_choose(view->endpoint, view->id, view->desc, true);
	/* Raise for options that do not fit together: readers of the view could not change them. */
	(void) drs_address_request(view->endpoint, view->id);
}

/* Raise when a predicted column would have the name of a column of the source. */
static void
check_names(const ScoringView *view)
{
	ListCell   *lc;

	foreach(lc, view->predicted)
	{
		const char *name = psprintf("%s%s", view->prefix, ((ResultColumn *) lfirst(lc))->name);

		if (drs_names_column(view->desc, name) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("%s already has a column \"%s\"", view->source, name),
					 errhint("Use the argument \"prefix\" to give the predicted "
							 "columns other names.")));
	}
}

/* A name for predict_row's result that no column of the source has. */
static char *
choose_result(const ScoringView *view)
{
	char	   *name = "datarobot_prediction";

	while (drs_names_column(view->desc, name) >= 0)
		name = psprintf("%s_", name);
	return name;
}

/*
 * The caller's options with server and key columns: the view must not depend
 * on the settings of whoever reads it.
 */
static char *
view_options(const ScoringView *view, Jsonb *options)
{
	StringInfoData ours;
	Datum		merged;
	ListCell   *lc;

	initStringInfo(&ours);
	appendStringInfoString(&ours, "{\"server\": ");
	escape_json(&ours, view->endpoint->server_name);
	foreach(lc, view->keys)
	{
		appendStringInfoString(&ours, lc == list_head(view->keys) ? ", \"key_columns\": [" : ", ");
		escape_json(&ours, lfirst(lc));
	}
	appendStringInfoString(&ours, view->keys ? "]}" : "}");
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
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	for (int i = 0; i < view->desc->natts; i++)
		appendStringInfo(&list, "s.%s, ",
						 quote_identifier(NameStr(TupleDescAttr(view->desc, i)->attname)));
	foreach(lc, view->predicted)
	{
		const ResultColumn *column = lfirst(lc);

		appendStringInfo(&list, "%s(s.%s).%s::%s AS %s",
						 lc == list_head(view->predicted) ? "" : ", ",
						 quote_identifier(view->result), column->name, column->type,
						 quote_identifier(psprintf("%s%s", view->prefix, column->name)));
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
					quote_literal_cstr(view->id), quote_literal_cstr(view_options(view, options)),
					quote_identifier(view->result), view->source);
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
	ScoringView view = {.endpoint = drs_arguments_resolve(&args, OPTION_WINDOW)};

	drs_columns_refuse_passthrough(&view.endpoint->options);	/* as predict_row would */
	view.source = drs_ddl_quote(drs_ddl_name(drs_argument_text(fcinfo, ARG_SOURCE), "source"));
	view.desc = drs_source_describe(psprintf("SELECT * FROM %s", view.source));
	view.prefix = PG_ARGISNULL(ARG_PREFIX) ? "" : drs_argument_text(fcinfo, ARG_PREFIX);
	ask_about_deployment(&view, drs_argument_text(fcinfo, ARG_DEPLOYMENT));
	check_names(&view);
	view.result = choose_result(&view);
	drs_ddl_run(view_statement(&view, name, materialized, options));
	PG_RETURN_OID(RangeVarGetRelid(name, NoLock, false));
}

/*
 * scanexplain.c
 *		What EXPLAIN says of a scan of a scored table.
 *
 * The query's plan is printed by an ExplainState of its own: the caller's knows
 * only the names of the caller's plan.  When the scan runs, it is the plan that
 * runs; else one is made as it would be, with parameters that have no values.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "scored/scan.h"
#include "scored/scanexplain.h"
#include "scored/scanprivate.h"

/* What is explained. */
typedef struct Explained
{
	ForeignScanState *node;
	const ScanPrivate *private;
	ScoredTable *table;
	SourceQuery *source;
	Query	   *wrapped;		/* the query, as it is asked */
} Explained;

static void
explain_expected(const Explained *explained, ExplainState *es)
{
	const ScanPrivate *private = explained->private;
	const char *deployment = drs_scored_options(explained->table).server.deployment;

	if (deployment)
		ExplainPropertyText("Deployment", deployment, es);
	if (!es->costs)
		return;
	ExplainPropertyFloat("Expected Rows", NULL, private->sends ? private->rows : 0, 0, es);
	ExplainPropertyFloat("Expected Requests", NULL, private->requests, 0, es);
}

/* The lines of a text, as a list of char *; the text is cut apart. */
static List *
lines_of(char *text)
{
	List	   *lines = NIL;
	char	   *end;

	while ((end = strchr(text, '\n')) != NULL)
	{
		*end = '\0';
		lines = lappend(lines, text);
		text = end + 1;
	}
	return *text ? lappend(lines, text) : lines;
}

/* In the text format, each line becomes one, indented below the label. */
static void
explain_lines(const char *label, List *lines, ExplainState *es)
{
	ListCell   *lc;

	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList(label, lines, es);
		return;
	}
	appendStringInfoSpaces(es->str, es->indent * 2);
	appendStringInfo(es->str, "%s:\n", label);
	foreach(lc, lines)
	{
		appendStringInfoSpaces(es->str, (es->indent + 1) * 2);
		appendStringInfo(es->str, "%s\n", (const char *) lfirst(lc));
	}
}

/* Print the plan of a query whose executor is started, as the caller wants plans. */
static List *
plan_lines(QueryDesc *desc, const ExplainState *es)
{
	ExplainState *own = NewExplainState();

	own->costs = es->costs;
	own->analyze = desc->instrument_options != 0;
	own->timing = own->analyze && es->timing;
	own->buffers = own->analyze && es->buffers;
	own->wal = own->analyze && es->wal;
	ExplainBeginOutput(own);
	ExplainPrintPlan(own, desc);
	ExplainEndOutput(own);
	return lines_of(own->str->data);
}

/* NULL for each parameter: before 16, values are asked for even to show a plan. */
static ParamListInfo
without_values(const ForeignScanState *node)
{
	const List *values = ((ForeignScan *) node->ss.ps.plan)->fdw_exprs;
	ParamListInfo params = makeParamList(list_length(values));
	ListCell   *lc;

	foreach(lc, values)
	{
		ParamExternData *param = &params->params[foreach_current_index(lc)];

		*param = (ParamExternData) {.isnull = true, .ptype = exprType(lfirst(lc))};
	}
	return params;
}

/* Plan the query only to show how. */
static List *
planned_lines(const Explained *explained, const ExplainState *es)
{
	const char *text = explained->source->text;
	PlannedStmt *plan = drs_sourcequery_plan(explained->wrapped, text,
											 explained->private->ask.fast_start, NULL);
	QueryDesc  *desc = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot,
									   None_Receiver, without_values(explained->node), NULL, 0);
	List	   *lines;

	ExecutorStart(desc, DRS_EXPLAIN_FLAGS);
	lines = plan_lines(desc, es);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	return lines;
}

/* Its text has several lines, all of which begin with a space. */
static void
explain_query(const Query *wrapped, ExplainState *es)
{
	char	   *query = pg_get_querydef(copyObject(unconstify(Query *, wrapped)), false);
	List	   *lines;
	ListCell   *lc;

	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyText("Source Query", query + strspn(query, " "), es);
		return;
	}
	lines = lines_of(query);
	foreach(lc, lines)
		lfirst(lc) = (char *) lfirst(lc) + (*(char *) lfirst(lc) == ' ');
	explain_lines("Source Query", lines, es);
}

static void
explain_source(const Explained *explained, ExplainState *es)
{
	const struct ScoredScan *scan = explained->node->fdw_state;
	SourceRun  *run = scan ? drs_scan_source(scan) : NULL;

	explain_query(explained->wrapped, es);
	explain_lines("Source Plan", run ? plan_lines(drs_sourcerun_desc(run), es) :
				  planned_lines(explained, es), es);
}

static void
explain_models(const CallCounters *counters, ExplainState *es)
{
	List	   *models = NIL;

	for (int i = 0; i < counters->nmodels; i++)
		models = lappend(models, pstrdup(counters->models[i]));
	if (models != NIL || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList("Models", models, es);
}

/* A number that is mostly 0: the text format shows it only if it is not. */
static void
explain_rare(const char *label, int64 number, ExplainState *es)
{
	if (number != 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger(label, NULL, number, es);
}

static void
explain_sent(const CallCounters *counters, ExplainState *es)
{
	ExplainPropertyInteger("Sent Rows", NULL, counters->rows_sent, es);
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	explain_rare("Retries", counters->retries, es);
	explain_rare("Public API Requests", counters->api_requests, es);
	ExplainPropertyInteger("Bytes Sent", NULL, counters->bytes_sent, es);
	ExplainPropertyInteger("Bytes Received", NULL, counters->bytes_received, es);
	if (es->timing)
		ExplainPropertyFloat("Network Wait", "ms", counters->wait_us / 1000.0, 3, es);
	if (es->timing && counters->has_server_time)
		ExplainPropertyFloat("Server Time", "ms", counters->server_us / 1000.0, 3, es);
	explain_models(counters, es);
}

/* What is needed to show the query: it is analyzed and wrapped again, as at each execution. */
static void
find_source(Explained *explained)
{
	explained->source = drs_sourcequery_analyze(explained->table,
												drs_foreignscan_user(explained->node));
	explained->wrapped = drs_sourcequery_wrap(explained->source, explained->table,
											  &explained->private->ask);
}

void
drs_scanexplain(ForeignScanState *node, struct ExplainState *es)
{
	static const CallCounters nothing;
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	const struct ScoredScan *scan = node->fdw_state;
	const CallCounters *counters = scan ? drs_scan_counters(scan) : NULL;
	Explained	explained = {.node = node, .private = drs_scanprivate_of(plan->fdw_private)};

	explained.table = drs_scored_table(node->ss.ss_currentRelation);
	explain_expected(&explained, es);
	if (es->verbose)
	{
		find_source(&explained);
		explain_source(&explained, es);
	}
	if (es->analyze)
		explain_sent(counters ? counters : &nothing, es);
}

/*
 * scanrun.c
 *		Starts and ends runs of a scan of a scored table: each rescan with other
 *		values is one.
 */
#include "postgres.h"

#include "access/relation.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/subxact.h"
#include "method/method.h"
#include "method/streamopening.h"
#include "scored/requestpace.h"
#include "scored/scan_internal.h"
#include "scored/scanrepeat.h"
#include "scored/scanrun.h"

/* The columns that are read, under the names of their outputs, and their places. */
static void
describe_result(ScoredScan *scan, TupleDesc table, const ScoredColumn *columns)
{
	const List *asked = scan->private->asked;
	ListCell   *lc;

	scan->result = CreateTemplateTupleDesc(list_length(asked));
	scan->places = palloc(sizeof(AttrNumber) * (list_length(asked) + 1));
	scan->sources = palloc(sizeof(int) * (list_length(asked) + 1));
	foreach(lc, asked)
	{
		int			place = lfirst_int(lc) - 1;
		int			i = foreach_current_index(lc);
		Form_pg_attribute attribute = TupleDescAttr(table, place);

		TupleDescInitEntry(scan->result, i + 1, columns[place].output, attribute->atttypid,
						   attribute->atttypmod, attribute->attndims);
		scan->places[i] = place;
		scan->sources[i] = columns[place].source;
	}
	TupleDescFinalize(scan->result);
}

/* Settle what all runs of the scan share: which values InitPlans compute is known only now. */
static void
settle(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	TupleDesc	desc = RelationGetDescr(node->ss.ss_currentRelation);
	MemoryContext old = MemoryContextSwitchTo(scan->cxt);
	const ScoredColumn *columns = drs_scored_columns(scan->table, desc, scan->source->desc);

	describe_result(scan, desc, columns);
	scan->keeps |= drs_scanrepeat_depends(node);
	scan->varies = drs_scanrepeat_varies(node);
	MemoryContextSwitchTo(old);
}

/* Evaluate the parameters, in the current memory context; NULL: there are none. */
static ParamListInfo
evaluate(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	const List *expressions = ((ForeignScan *) node->ss.ps.plan)->fdw_exprs;
	ParamListInfo params;
	ListCell   *lc;

	if (scan->values == NIL)
		return NULL;
	params = makeParamList(list_length(scan->values));
	foreach(lc, scan->values)
	{
		ParamExternData *param = &params->params[foreach_current_index(lc)];
		int16		len;
		bool		byval;

		param->ptype = exprType(list_nth(expressions, foreach_current_index(lc)));
		param->pflags = PARAM_FLAG_CONST;
		get_typlenbyval(param->ptype, &len, &byval);
		param->value = ExecEvalExprSwitchContext(lfirst(lc), node->ss.ps.ps_ExprContext,
												 &param->isnull);
		if (!param->isnull)
			param->value = datumCopy(param->value, byval, len);
	}
	return params;
}

/* Plan the query, for all values if they are of the executor, else for those that there are. */
static void
plan_query(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	ParamListInfo params = drs_scanrepeat_can_change(node) ? NULL : evaluate(node);
	const SourceAsk *ask = &scan->private->ask;
	Query	   *wrapped = drs_sourcequery_wrap(scan->source, scan->table, ask);

	scan->plan = drs_sourcequery_plan(wrapped, scan->source->text, ask->fast_start, params);
}

/* The counters of the scan: the session's last call, when it has ended. */
static CallCounters *
counters_of(ScoredScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->cxt);

	if (scan->counters == NULL)
	{
		scan->counters = drs_callcounters_create();
		drs_callcounters_report(scan->counters, "scored table");
	}
	MemoryContextSwitchTo(old);
	return scan->counters;
}

static Endpoint *
resolve(ScoredScan *scan)
{
	const ScoredTable *table = scan->table;
	EndpointAsk ask = {
		.server = GetForeignServer(table->serverid)->servername,
		.options = table->options,
		.home = OPTION_TABLE,
		.user = scan->asker,
		.usage_user = table->owner
	};
	Endpoint   *endpoint = drs_endpoint_for(&ask);

	endpoint->counters = counters_of(scan);
	scan->before = *endpoint->counters;
	drs_method_decide_rows(endpoint, scan->plan->planTree->plan_rows);
	return endpoint;
}

static void
open_stream(ScoredScan *scan, Endpoint *endpoint)
{
	StreamAsk	ask = {
		.endpoint = endpoint,
		.deployment = scan->table->values.server.deployment,
		.instead_of_forecasts = scan->table->is_series ? NULL :
			"Give the scored table the option \"time_column\", and \"series_columns\" if there are"
			" several series.",
		.source = scan->source->desc,
		.result = scan->result,
		.sources = scan->sources,
		.slow_start = true,
		.isolates = scan->table->values.write.on_error == ON_ERROR_NULL
	};

	if (ask.isolates && !drs_can_attempt())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("rows cannot fail by themselves while a query runs in parallel"),
				 errdetail("The table has the option \"on_error\" \"null\", which needs"
						   " subtransactions."),
				 errhint("Set max_parallel_workers_per_gather to 0, or use PostgreSQL 17.")));
	scan->is_batch = drs_method_is_batch(&endpoint->options);
	scan->stream = drs_stream_open(&ask);
}

/* Keep what the plan reads in use, as PostgreSQL does with the tables of a plan that it starts. */
static void
hold_relations(ScoredScan *scan)
{
	ListCell   *lc;

	foreach(lc, scan->plan->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION)
			scan->held = lappend(scan->held, relation_open(rte->relid, NoLock));
	}
}

void
drs_scanrun_prepare(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	MemoryContext old = MemoryContextSwitchTo(scan->cxt);

	scan->table = drs_scored_table(node->ss.ss_currentRelation);
	scan->source = drs_sourcequery_analyze(scan->table, scan->asker);
	drs_scanprivate_check(scan->private, scan->source->desc);
	plan_query(node);
	hold_relations(scan);
	MemoryContextSwitchTo(old);
}

void
drs_scanrun_start(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	MemoryContext old;
	Endpoint   *endpoint = NULL;

	if (scan->plan == NULL)
		drs_scanrun_prepare(node);
	if (scan->result == NULL)
		settle(node);
	old = MemoryContextSwitchTo(scan->run_cxt);
	scan->params = evaluate(node);
	if (scan->private->sends)
		endpoint = resolve(scan);
	/* this checks privileges, so it comes before the public API is asked */
	scan->run = drs_sourcerun_start(scan->plan, scan->source->text, node->ss.ps.state,
									scan->params);
	if (endpoint)
		open_stream(scan, endpoint);
	else
		scan->plain = drs_plainrow_create(scan->result, scan->sources, scan->source->desc);
	if (scan->keeps && scan->stream)
		scan->kept = drs_keptrows_create(scan->result, scan->varies);
	MemoryContextSwitchTo(old);
}

/* Are these the values that the run has?  Compared by their bytes. */
static bool
has_values(const ScoredScan *scan, const ParamListInfo params)
{
	for (int i = 0; params && i < params->numParams; i++)
	{
		const ParamExternData *new = &params->params[i];
		const ParamExternData *old = &scan->params->params[i];
		int16		len;
		bool		byval;

		get_typlenbyval(new->ptype, &len, &byval);
		if (new->isnull != old->isnull ||
			(!new->isnull && !datum_image_eq(new->value, old->value, byval, len)))
			return false;
	}
	return true;
}

bool
drs_scanrun_rewind(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	bool		rewinds = scan->kept && has_values(scan, evaluate(node)) &&
		drs_keptrows_rewind(scan->kept);

	MemoryContextSwitchTo(old);
	return rewinds;
}

void
drs_scanrun_release(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;
	ListCell   *lc;

	foreach(lc, scan->held)
		relation_close(lfirst(lc), NoLock);
	scan->held = NIL;
}

void
drs_scanrun_end(ForeignScanState *node)
{
	ScoredScan *scan = node->fdw_state;

	if (scan->stream)
	{
		CallCounters counters = drs_callcounters_since(scan->counters, &scan->before);

		drs_requestpace_learn(scan->table, &counters);
		drs_stream_close(scan->stream);
	}
	if (scan->run)
		drs_sourcerun_end(scan->run);
	if (scan->kept)
		drs_keptrows_end(scan->kept);
	scan->stream = NULL;
	scan->run = NULL;
	scan->kept = NULL;
	scan->plain = NULL;
	scan->ended = false;
	MemoryContextReset(scan->run_cxt);
}

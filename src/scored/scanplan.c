/*
 * scanplan.c
 *		Plans scans of scored tables: sizes, paths, and the plan node.
 *
 * Every path is a way to ask the table's query: with conditions on its
 * columns, sorted, with values of other relations as parameters.  The planner
 * itself says what a way costs, by a plan of the query as it would be asked.
 * That plan is not executed, since a cached plan of the statement does not
 * lock the query's relations: the query is analyzed and planned again then.
 */
#include "postgres.h"

#include "access/table.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "scored/queryestimate.h"
#include "scored/scancolumns.h"
#include "scored/scancost.h"
#include "scored/scankeys.h"
#include "scored/scanorder.h"
#include "scored/scanouter.h"
#include "scored/scanplan.h"
#include "scored/scanprivate.h"

/* What is known of a scan while it is planned: fdw_private of its RelOptInfo. */
typedef struct ScanPlanning
{
	PlannerInfo *root;
	RelOptInfo *rel;
	ScoredTable *table;
	QueryEstimate estimate;
	PushMap		map;
	List	   *pushed;			/* of RestrictInfo *: conditions evaluated in the query */
	List	   *local;			/* of RestrictInfo *: the others, evaluated on what comes back */
	bool		sends;
	ScanCost	plain;			/* with these conditions, in no order */
} ScanPlanning;

/* One way to ask the query. */
typedef struct ScanWay
{
	List	   *pushed;			/* of RestrictInfo * */
	List	   *local;
	List	   *sort;			/* of SourceSort * */
	bool		fast_start;
} ScanWay;

static List *
translate_all(const PushMap *map, List *conditions, List **params)
{
	List	   *translated = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, lc);

		translated = lappend(translated,
							 drs_pushdown_translate(map, (Node *) condition->clause, params));
	}
	return translated;
}

static List *
columns_of(const ScanPlanning *planning, const ScanWay *way)
{
	return drs_scancolumns(planning->root, planning->rel, &planning->map, way->pushed,
						   way->local);
}

/* What a scan of that way asks the query for; what is sent is not known yet, so all of it. */
static SourceAsk
ask_for(const ScanPlanning *planning, const ScanWay *way, List **params)
{
	SourceAsk	ask = {.sort = way->sort, .all = planning->sends, .fast_start = way->fast_start};
	ListCell   *lc;

	ask.conditions = translate_all(&planning->map, way->pushed, params);
	foreach(lc, columns_of(planning, way))
	{
		int			source = planning->map.columns[lfirst_int(lc) - 1].source;

		if (source >= 0)
			ask.columns = bms_add_member(ask.columns, source);
	}
	return ask;
}

static ScanCost
cost_of(const ScanPlanning *planning, const ScanWay *way)
{
	List	   *params = NIL;
	SourceAsk	ask = ask_for(planning, way, &params);

	return drs_scancost(planning->table, drs_queryestimate(&planning->estimate, &ask),
						planning->sends);
}

/* Rows that are left by conditions. */
static double
rows_left(const ScanPlanning *planning, double rows, List *conditions)
{
	return clamp_row_est(rows * clauselist_selectivity(planning->root, conditions,
													   planning->rel->relid, JOIN_INNER, NULL));
}

/* Put conditions where they are evaluated: in the query, or on what comes back. */
static void
classify(const ScanPlanning *planning, List *conditions, List **pushed, List **local)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, lc);

		if (list_member_ptr(planning->pushed, condition) ||
			(!list_member_ptr(planning->local, condition) &&
			 drs_scanouter_may(&planning->map, planning->rel, condition)))
			*pushed = lappend(*pushed, condition);
		else
			*local = lappend(*local, condition);
	}
}

/* Read the catalogs, and analyze the query. */
static ScanPlanning *
begin_planning(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	ScanPlanning *planning = palloc0(sizeof(ScanPlanning));
	Relation	relation = table_open(relid, NoLock);
	PushMap    *map = &planning->map;

	planning->root = root;
	planning->rel = rel;
	planning->table = drs_scored_table(relation);
	planning->estimate = (QueryEstimate) {root->glob, planning->table,
		drs_sourcequery_analyze(planning->table, rel->userid)};
	map->relid = rel->relid;
	map->table = CreateTupleDescCopyConstr(RelationGetDescr(relation));
	map->source = planning->estimate.source->desc;
	map->columns = drs_scored_columns(planning->table, map->table, map->source);
	map->series_only = planning->table->is_series;
	map->series = planning->table->values.call.series_columns;
	table_close(relation, NoLock);
	return planning;
}

/* The rows of the query without any condition. */
static double
rows_of_all(const ScanPlanning *planning)
{
	SourceAsk	ask = {0};

	return planning->pushed == NIL ? planning->plain.rows :
		clamp_row_est(drs_queryestimate(&planning->estimate, &ask)->plan_rows);
}

void
drs_scanplan_size(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	ScanPlanning *planning = begin_planning(root, baserel, foreigntableid);
	ScanWay		plain = {0};

	classify(planning, baserel->baserestrictinfo, &plain.pushed, &plain.local);
	planning->pushed = plain.pushed;
	planning->local = plain.local;
	planning->sends = drs_scancolumns_need_answer(&planning->map, columns_of(planning, &plain));
	planning->plain = cost_of(planning, &plain);

	baserel->fdw_private = planning;
	baserel->rows = rows_left(planning, planning->plain.rows, plain.local);
	baserel->tuples = rows_of_all(planning);
}

/* What the executor is told of a path: see drs_scanplan_make(). */
enum
{
	PATH_FAST_START,
	PATH_ROWS,
	PATH_REQUESTS
};

static List *
path_private(const ScanWay *way, const ScanCost *cost)
{
	return list_make3(makeBoolean(way->fast_start), makeFloat(psprintf("%.17g", cost->rows)),
					  makeFloat(psprintf("%.17g", cost->requests)));
}

/* Add the path of a way; info: of the relations that parameters come from, or NULL. */
static void
add_way(const ScanPlanning *planning, const ScanWay *way, const ScanCost *cost, List *pathkeys,
		ParamPathInfo *info)
{
	RelOptInfo *rel = planning->rel;
	double		rows = Min(rows_left(planning, cost->rows, way->local), rel->rows);
	QualCost	local;
	Cost		startup;
	Cost		total;

	cost_qual_eval(&local, way->local, planning->root);
	startup = cost->startup + local.startup + rel->reltarget->cost.startup;
	total = startup + (cost->total - cost->startup) +
		(cpu_tuple_cost + local.per_tuple) * cost->rows + rel->reltarget->cost.per_tuple * rows;
	if (info)
		info->ppi_rows = rows;
	add_path(rel, (Path *)
			 drs_create_foreignscan_path(planning->root, rel, rows, cost->disabled_nodes, startup,
										 total, pathkeys,
										 info ? info->ppi_req_outer : rel->lateral_relids,
										 path_private(way, cost)));
}

/* Sorted by the query as the statement wants it, or as far as it can be. */
static void
add_sorted(const ScanPlanning *planning, ScanWay way)
{
	List	   *pathkeys = planning->root->query_pathkeys;
	ScanCost	cost;

	if (planning->table->is_series)
		return;
	way.sort = drs_scanorder(&planning->map, planning->rel, pathkeys);
	if (way.sort == NIL)
		return;
	cost = cost_of(planning, &way);
	add_way(planning, &way, &cost,
			list_truncate(list_copy(pathkeys), list_length(way.sort)), NULL);
}

/*
 * Asked again for each row of other relations, as a view with a volatile query
 * would not be.
 */
static void
add_parameterized(const ScanPlanning *planning)
{
	List	   *infos = drs_scanouter(&planning->map, planning->root, planning->rel);
	ListCell   *lc;

	if (infos == NIL || drs_sourcequery_is_volatile(planning->estimate.source))
		return;
	foreach(lc, infos)
	{
		ParamPathInfo *info = lfirst_node(ParamPathInfo, lc);
		ScanWay		way = {list_copy(planning->pushed), list_copy(planning->local), NIL, false};
		ScanCost	cost;

		drs_scankeys_add(&planning->estimate, &planning->map, planning->rel, info->ppi_clauses);
		classify(planning, info->ppi_clauses, &way.pushed, &way.local);
		cost = cost_of(planning, &way);
		add_way(planning, &way, &cost, NIL, info);
	}
}

void
drs_scanplan_paths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	const ScanPlanning *planning = baserel->fdw_private;
	ScanWay		way = {planning->pushed, planning->local, NIL, false};

	add_way(planning, &way, &planning->plain, NIL, NULL);
	add_sorted(planning, way);
	if (baserel->consider_startup)
	{
		ScanCost	cost;

		way.fast_start = true;
		cost = cost_of(planning, &way);
		add_way(planning, &way, &cost, NIL, NULL);
		add_sorted(planning, way);
	}
	add_parameterized(planning);
}

ForeignScan *
drs_scanplan_make(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
				  ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	const ScanPlanning *planning = baserel->fdw_private;
	const List *path = best_path->fdw_private;
	ScanWay		way = {.fast_start = boolVal(list_nth(path, PATH_FAST_START))};
	ScanPrivate private = {.rows = floatVal(list_nth(path, PATH_ROWS)),
		.requests = floatVal(list_nth(path, PATH_REQUESTS)), .sends = planning->sends};
	List	   *params = NIL;

	classify(planning, scan_clauses, &way.pushed, &way.local);
	way.sort = drs_scanorder(&planning->map, baserel, best_path->path.pathkeys);
	private.ask = ask_for(planning, &way, &params);
	private.asked = columns_of(planning, &way);
	drs_scanprivate_set_source(&private, planning->map.source);
	return make_foreignscan(tlist, extract_actual_clauses(way.local, false), baserel->relid,
							params, drs_scanprivate_list(&private), NIL,
							extract_actual_clauses(way.pushed, false), outer_plan);
}

bool
drs_scanplan_is_async(ForeignPath *path)
{
	const ScanPlanning *planning = path->path.parent->fdw_private;

	return DRS_HAS_POLLSET && planning->sends &&
		planning->table->values.batch.method != METHOD_BATCH;
}

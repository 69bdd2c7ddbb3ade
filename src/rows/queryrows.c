/*
 * queryrows.c
 *		Asks the planner how many rows a query has.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "nodes/plannodes.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

#include "rows/queryrows.h"
#include "rows/scope.h"
#include "rows/source.h"

double
drs_query_rows(const char *query)
{
	SPIPlanPtr	plan;
	CachedPlan *cached;
	double		rows;

	drs_scope_connect(query);
	plan = drs_source_prepare(query, 0, NULL, CURSOR_OPT_PARALLEL_OK);
	cached = SPI_plan_get_cached_plan(plan);
	if (cached == NULL)
		elog(ERROR, "a query has no plan of its own");
	rows = linitial_node(PlannedStmt, cached->stmt_list)->planTree->plan_rows;
	ReleaseCachedPlan(cached, NULL);
	SPI_finish();
	return rows;
}

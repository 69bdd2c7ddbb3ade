/*
 * scanplan.c
 *		Plans scans of scored tables: sizes, paths, and the plan node.
 */
#include "postgres.h"

#include "scored/scanplan.h"

List *
drs_scanprivate_list(const ScanPrivate *private)
{
	return NIL;
}

ScanPrivate *
drs_scanprivate_of(List *fdw_private)
{
	return palloc0(sizeof(ScanPrivate));
}

void
drs_scanplan_size(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("scored tables are not supported yet")));
}

void
drs_scanplan_paths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
}

ForeignScan *
drs_scanplan_make(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
				  ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	return NULL;
}

bool
drs_scanplan_is_async(ForeignPath *path)
{
	return false;
}

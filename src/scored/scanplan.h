/*
 * scanplan.h
 *		Plans scans of scored tables: sizes, paths, and the plan node.
 */
#ifndef DRS_SCANPLAN_H
#define DRS_SCANPLAN_H

#include "foreign/fdwapi.h"

/*
 * Callbacks of FdwRoutine.  They plan the table's query, and send nothing.
 * The node that they make has a ScanPrivate (scanprivate.h) for the executor.
 * Raise what drs_sourcequery_analyze() and planning the query raise.
 */
extern void drs_scanplan_size(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern void drs_scanplan_paths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern ForeignScan *drs_scanplan_make(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
									  ForeignPath *best_path, List *tlist, List *scan_clauses,
									  Plan *outer_plan);
extern bool drs_scanplan_is_async(ForeignPath *path);

#endif							/* DRS_SCANPLAN_H */

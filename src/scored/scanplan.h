/*
 * scanplan.h
 *		Plans scans of scored tables: sizes, paths, and the plan node.
 */
#ifndef DRS_SCANPLAN_H
#define DRS_SCANPLAN_H

#include "foreign/fdwapi.h"

#include "scored/sourcequery.h"

/* What a plan node has for the executor. */
typedef struct ScanPrivate
{
	SourceAsk	ask;
	List	   *asked;			/* of int: attribute numbers of the table whose values are used */
	/* of the query's columns as they were planned: they may have changed before execution */
	List	   *types;			/* of Oid */
	List	   *typmods;		/* of int */
	List	   *collations;		/* of Oid */
	double		rows;			/* expected of the query */
	double		requests;		/* expected */
	bool		sends;			/* something of the answer is used */
} ScanPrivate;

/* To and from fdw_private, which has only nodes that can be copied. */
extern List *drs_scanprivate_list(const ScanPrivate *private);
extern ScanPrivate *drs_scanprivate_of(List *fdw_private);

/* Callbacks of FdwRoutine. */
extern void drs_scanplan_size(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern void drs_scanplan_paths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern ForeignScan *drs_scanplan_make(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
									  ForeignPath *best_path, List *tlist, List *scan_clauses,
									  Plan *outer_plan);
extern bool drs_scanplan_is_async(ForeignPath *path);

#endif							/* DRS_SCANPLAN_H */

/*
 * scanprivate.h
 *		What the planner leaves for the executor in a ForeignScan of a scored
 *		table.
 */
#ifndef DRS_SCANPRIVATE_H
#define DRS_SCANPRIVATE_H

#include "scored/sourcequery.h"

typedef struct ScanPrivate
{
	SourceAsk	ask;			/* its parameters are the scan's fdw_exprs, from 1 */
	List	   *asked;			/* attribute numbers of the table's columns that are read,
								 * ascending */

	/* the query's columns as planned; others at execution mean that the plan is outdated */
	List	   *names;			/* Strings */
	List	   *types;			/* Oids */
	List	   *typmods;		/* ints */
	List	   *collations;		/* Oids */

	double		rows;			/* of the query, as expected */
	double		requests;		/* as expected */
	bool		sends;			/* something of the answer is read */
} ScanPrivate;

/* As a list that copyObject() can copy, which shares what private points to. */
extern List *drs_scanprivate_list(const ScanPrivate *private);

/* Back again, palloc'd; shares what the list contains. */
extern ScanPrivate *drs_scanprivate_of(List *fdw_private);

/* Set the query's columns. */
extern void drs_scanprivate_set_source(ScanPrivate *private, TupleDesc source);

/*
 * Raise 55000 unless the query's columns are those that were planned.  Then prepared statements
 * are planned again.
 */
extern void drs_scanprivate_check(const ScanPrivate *private, TupleDesc source);

#endif							/* DRS_SCANPRIVATE_H */

/*
 * reach.h
 *		What a relation leads to: its children, and the relations that its
 *		rules name.
 *
 * A statement names one relation, but its rows can go to partitions, through
 * views to tables, and by rules and triggers elsewhere.
 */
#ifndef DRS_REACH_H
#define DRS_REACH_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/*
 * These relations (of Oid), their children and partitions, and the relations
 * that their rules name, a view's query included; each once, palloc'd.
 */
extern List *drs_reach_of(List *relations);

/*
 * Can writing to one of these have other effects that we do not know?  Yes if
 * one has rules or triggers, other than the system's, or is a foreign table.
 */
extern bool drs_reach_is_opaque(List *reach);

/* Is one of these a temporary relation? */
extern bool drs_reach_is_temporary(List *reach);

/* Is one of these unlogged? */
extern bool drs_reach_is_unlogged(List *reach);

/* Does the query, analyzed and rewritten, call a user's functions that may write? */
extern bool drs_query_may_write(Query *query);

/*
 * Can the query read data that is not in its relations: from functions that
 * return rows, or from a foreign server?
 */
extern bool drs_query_reads_unseen(Query *query, List *relations);

#endif							/* DRS_REACH_H */

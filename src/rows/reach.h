/*
 * reach.h
 *		What a relation leads to: its children, and what stands behind it.
 *
 * A name in a statement is the tip of it: rows go to partitions, through views
 * into tables, by rules and triggers elsewhere.  What follows from that is
 * asked here.
 */
#ifndef DRS_REACH_H
#define DRS_REACH_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/*
 * These relations (of Oid), their children and partitions, what views of them
 * stand for, and what their rules name; each once.  A relation that is gone is
 * left out.
 */
extern List *drs_reach_of(List *relations);

/*
 * Is it unknown what else writing to one of these does?  So it is where there
 * are triggers that are not the system's own, rules, or a foreign server.
 */
extern bool drs_reach_is_opaque(List *reach);

/* Is one of these a temporary, or an unlogged table? */
extern bool drs_reach_is_temporary(List *reach);
extern bool drs_reach_is_unlogged(List *reach);

/* Does the query, analyzed and rewritten, call functions of users that may write? */
extern bool drs_query_may_write(Query *query);

/*
 * Can the query read what its relations do not tell: by
 * functions that return rows, or from a foreign server?
 */
extern bool drs_query_reads_unseen(Query *query, List *relations);

#endif							/* DRS_REACH_H */

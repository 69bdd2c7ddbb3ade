/*
 * reach.c
 *		What a relation leads to: its children, and the relations that its
 *		rules name.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/prs2lock.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "rows/reach.h"

static bool
collect_relations(Node *node, void *context)
{
	List	  **found = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		const RangeTblEntry *entry = (const RangeTblEntry *) node;

		if (OidIsValid(entry->relid))
			*found = list_append_unique_oid(*found, entry->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, collect_relations, context,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, collect_relations, context);
}

/* The relations (of Oid) that the rules of a relation name, including a view's query. */
static List *
named_by_rules(Oid oid)
{
	Relation	relation = try_relation_open(oid, AccessShareLock);
	List	   *named = NIL;

	if (relation == NULL)
		return NIL;
	for (int i = 0; relation->rd_rules && i < relation->rd_rules->numLocks; i++)
	{
		const RewriteRule *rule = relation->rd_rules->rules[i];
		ListCell   *action;

		foreach(action, rule->actions)
			(void) collect_relations(lfirst(action), &named);
		(void) collect_relations(rule->qual, &named);
	}
	relation_close(relation, AccessShareLock);
	return named;
}

List *
drs_reach_of(List *relations)
{
	List	   *reach = list_copy(relations);
	ListCell   *lc;

	/* the list grows during the loop */
	foreach(lc, reach)
	{
		reach = list_concat_unique_oid(reach, find_all_inheritors(lfirst_oid(lc), NoLock, NULL));
		reach = list_concat_unique_oid(reach, named_by_rules(lfirst_oid(lc)));
	}
	return reach;
}

static bool
has_triggers(const Relation relation)
{
	const TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; triggers && i < triggers->numtriggers; i++)
		if (!triggers->triggers[i].tgisinternal &&
			triggers->triggers[i].tgenabled != TRIGGER_DISABLED)
			return true;
	return false;
}

static bool
has_rules(const Relation relation)
{
	for (int i = 0; relation->rd_rules && i < relation->rd_rules->numLocks; i++)
		if (relation->rd_rules->rules[i]->event != CMD_SELECT)
			return true;
	return false;
}

bool
drs_reach_is_opaque(List *reach)
{
	bool		opaque = false;
	ListCell   *lc;

	foreach(lc, reach)
	{
		Relation	relation = try_relation_open(lfirst_oid(lc), AccessShareLock);

		if (relation == NULL)
			continue;
		opaque |= relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE || has_triggers(relation) ||
			has_rules(relation);
		relation_close(relation, AccessShareLock);
	}
	return opaque;
}

static bool
has_persistence(List *reach, char persistence)
{
	ListCell   *lc;

	foreach(lc, reach)
		if (get_rel_relkind(lfirst_oid(lc)) != '\0' &&
			get_rel_persistence(lfirst_oid(lc)) == persistence)
			return true;
	return false;
}

bool
drs_reach_is_temporary(List *reach)
{
	return has_persistence(reach, RELPERSISTENCE_TEMP);
}

bool
drs_reach_is_unlogged(List *reach)
{
	return has_persistence(reach, RELPERSISTENCE_UNLOGGED);
}

static bool
has_functions_as_rows(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return ((const RangeTblEntry *) node)->rtekind == RTE_FUNCTION;
	if (IsA(node, Query))
		return ((const Query *) node)->hasTargetSRFs ||
			query_tree_walker((Query *) node, has_functions_as_rows, context,
							  QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, has_functions_as_rows, context);
}

bool
drs_query_reads_unseen(Query *query, List *relations)
{
	ListCell   *lc;

	if (has_functions_as_rows((Node *) query, NULL))
		return true;
	foreach(lc, drs_reach_of(relations))
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			return true;
	return false;
}

/* Functions that are not volatile may not write, and those of PostgreSQL do not write tables. */
static bool
may_write(Oid function, void *context)
{
	return function >= FirstNormalObjectId && func_volatile(function) == PROVOLATILE_VOLATILE;
}

static bool
calls_what_may_write(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, may_write, NULL))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_what_may_write, context, 0);
	return expression_tree_walker(node, calls_what_may_write, context);
}

bool
drs_query_may_write(Query *query)
{
	return calls_what_may_write((Node *) query, NULL);
}

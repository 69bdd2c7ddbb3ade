/*
 * compat.h
 *		The one place where the server's version matters.
 *
 * Names here are those of the newest server if it has them, so that the other
 * files read as if only that existed.
 */
#ifndef DRS_COMPAT_H
#define DRS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "datarobot_scoring needs PostgreSQL 15 or newer"
#endif

#include "catalog/pg_foreign_server.h"
#include "commands/explain.h"
#include "common/jsonapi.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/wait_event.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "storage/waiteventset.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#endif

/* 18 puts it before the return type, where the compiler's attribute is also allowed. */
#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

/* Check the privilege to use a foreign server, with the function that 16 introduced. */
#if PG_VERSION_NUM < 160000
#define drs_server_aclcheck(serverid, roleid) \
	pg_foreign_server_aclcheck(serverid, roleid, ACL_USAGE)
#else
#define drs_server_aclcheck(serverid, roleid) \
	object_aclcheck(ForeignServerRelationId, serverid, roleid, ACL_USAGE)
#endif

/* Only Linux has sets of descriptors that can be in other sets, and timers in them. */
#ifdef __linux__
#define DRS_HAS_POLLSET 1
#else
#define DRS_HAS_POLLSET 0
#endif

/*
 * To start an executor only to show its plan.  From 16 on, partitions are then not
 * looked for by values of parameters, which there are not.
 */
#if PG_VERSION_NUM < 160000
#define DRS_EXPLAIN_FLAGS EXEC_FLAG_EXPLAIN_ONLY
#else
#define DRS_EXPLAIN_FLAGS (EXEC_FLAG_EXPLAIN_ONLY | EXEC_FLAG_EXPLAIN_GENERIC)
#endif

/* 17 can let a resource owner own the set; we always free it ourselves, as before. */
#if PG_VERSION_NUM < 170000
#define drs_create_wait_event_set(nevents) CreateWaitEventSet(TopMemoryContext, nevents)
#else
#define drs_create_wait_event_set(nevents) CreateWaitEventSet(NULL, nevents)
#endif

/* From 17 on, a worker can connect for a role that may not log in, if it asks for that. */
#if PG_VERSION_NUM < 170000
#define DRS_BYPASS_LOGIN_CHECK 0
#else
#define DRS_BYPASS_LOGIN_CHECK BGWORKER_BYPASS_ROLELOGINCHECK
#endif

/* Read the next datum of a sort of values that are passed by value; 16 can also not copy. */
#if PG_VERSION_NUM < 160000
#define drs_tuplesort_getdatum(state, value, isnull) \
	tuplesort_getdatum(state, true, value, isnull, NULL)
#else
#define drs_tuplesort_getdatum(state, value, isnull) \
	tuplesort_getdatum(state, true, false, value, isnull, NULL)
#endif

/* All settings.  From 16 on, the array is a copy and the function counts its elements. */
static inline struct config_generic **
drs_guc_variables(int *count)
{
#if PG_VERSION_NUM < 160000
	*count = GetNumConfigOptions();
	return get_guc_variables();
#else
	return get_guc_variables(count);
#endif
}

/* Does this process hold a lock in exactly that mode?  17 can also look for stronger ones. */
#if PG_VERSION_NUM < 170000
#define drs_lock_held(tag, mode) LockHeldByMe(tag, mode)
#else
#define drs_lock_held(tag, mode) LockHeldByMe(tag, mode, false)
#endif

/* Limit a wait in ms to half of transaction_timeout, which exists from 17 on. */
#if PG_VERSION_NUM < 170000
#define drs_wait_limit(ms) (ms)
#else
#define drs_wait_limit(ms) \
	(TransactionTimeout > 0 ? Max(1, Min(ms, TransactionTimeout / 2)) : (ms))
#endif

/* Read so many bytes or raise an error.  Before 16, callers had to compare. */
#if PG_VERSION_NUM < 160000
#define BufFileReadExact(file, bytes, size) \
	do { \
		if (BufFileRead(file, bytes, size) != (size)) \
			ereport(ERROR, \
					(errcode_for_file_access(), \
					 errmsg("could not read temporary file: %m"))); \
	} while (0)
#endif

/* Extensions have wait events of their own from 17 on. */
#if PG_VERSION_NUM < 170000
#define drs_new_wait_event(name) ((void) (name), (uint32) PG_WAIT_EXTENSION)
#else
#define drs_new_wait_event(name) WaitEventExtensionNew(name)
#endif

/* From 17 on, what runs in parallel mode can have subtransactions that change nothing. */
#define DRS_PARALLEL_SUBTRANSACTIONS (PG_VERSION_NUM >= 170000)

/* 18 can leave room before a minimal tuple. */
#if PG_VERSION_NUM < 180000
#define drs_form_minimal_tuple(desc, values, isnull) heap_form_minimal_tuple(desc, values, isnull)
#define drs_copy_minimal_tuple(tuple) heap_copy_minimal_tuple(tuple)
#else
#define drs_form_minimal_tuple(desc, values, isnull) \
	heap_form_minimal_tuple(desc, values, isnull, 0)
#define drs_copy_minimal_tuple(tuple) heap_copy_minimal_tuple(tuple, 0)
#endif

/* 19 computes the offsets of columns once, when a descriptor built by hand is complete. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/*
 * Does a query read a temporary relation?  19 no longer has a function for
 * that, and its function for all temporary objects does not accept transition
 * tables.
 */
#if PG_VERSION_NUM < 190000
#define drs_query_is_temporary(query) isQueryUsingTempRelation(query)
#else
static inline bool
drs_reads_temporary(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, drs_reads_temporary, context);
	foreach_node(RangeTblEntry, rte, ((Query *) node)->rtable)
	{
		if (rte->rtekind == RTE_RELATION && get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP)
			return true;
	}
	return query_tree_walker((Query *) node, drs_reads_temporary, context, QTW_IGNORE_JOINALIASES);
}

#define drs_query_is_temporary(query) drs_reads_temporary((Node *) (query), NULL)
#endif

/* In 19 every call of a window function can have IGNORE NULLS, and has to refuse it. */
#if PG_VERSION_NUM < 190000
#define drs_refuse_null_treatment(winobj, fcinfo) ((void) 0)
#else
#define drs_refuse_null_treatment(winobj, fcinfo) \
	WinCheckAndInitializeNullTreatment(winobj, false, fcinfo)
#endif

/*
 * The user that a foreign scan checks privileges for, and whose mapping it uses;
 * InvalidOid: the current one.  15 has it in the range table only.
 */
#if PG_VERSION_NUM < 160000
#define drs_foreignscan_user(node) \
	exec_rt_fetch(((ForeignScan *) (node)->ss.ps.plan)->scan.scanrelid, \
				  (node)->ss.ps.state)->checkAsUser
#else
#define drs_foreignscan_user(node) (((ForeignScan *) (node)->ss.ps.plan)->checkAsUser)
#endif

/* 19 can also plan for EXPLAIN of the statement itself. */
#if PG_VERSION_NUM < 190000
#define drs_plan_query(query, text, options, params) pg_plan_query(query, text, options, params)
#else
#define drs_plan_query(query, text, options, params) \
	pg_plan_query(query, text, options, params, NULL)
#endif

/* float8 input: 16 added the soft-error context. */
#if PG_VERSION_NUM < 160000
#define drs_float8in(text) float8in_internal(text, NULL, "double precision", text)
#else
#define drs_float8in(text) float8in_internal(text, NULL, "double precision", text, NULL)
#endif

/*
 * JSON callbacks return nothing in 15, and a result from 16 on; from 17 on,
 * the caller can provide the lexer.
 */
#if PG_VERSION_NUM < 160000
typedef void drs_json_result;
#define DRS_JSON_CONTINUE
#else
typedef JsonParseErrorType drs_json_result;
#define DRS_JSON_CONTINUE JSON_SUCCESS
#endif

/* A lexer that unescapes strings, palloc'd; json is not copied. */
static inline JsonLexContext *
drs_json_lexer(char *json, int len, int encoding)
{
#if PG_VERSION_NUM < 170000
	return makeJsonLexContextCstringLen(json, len, encoding, true);
#else
	return makeJsonLexContextCstringLen(NULL, json, len, encoding, true);
#endif
}

/* The path of a foreign scan, of all columns that are read.  17 and 18 added arguments. */
#if PG_VERSION_NUM < 170000
#define drs_create_foreignscan_path(root, rel, rows, disabled_nodes, startup, total, pathkeys, \
									outer, private) \
	((void) (disabled_nodes), \
	 create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, \
							 private))
#elif PG_VERSION_NUM < 180000
#define drs_create_foreignscan_path(root, rel, rows, disabled_nodes, startup, total, pathkeys, \
									outer, private) \
	((void) (disabled_nodes), \
	 create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, NIL, \
							 private))
#else
#define drs_create_foreignscan_path(root, rel, rows, disabled_nodes, startup, total, pathkeys, \
									outer, private) \
	create_foreignscan_path(root, rel, NULL, rows, disabled_nodes, startup, total, pathkeys, \
							outer, NULL, NIL, private)
#endif

/* Before 18, a node that a setting disables has a higher cost, and is not counted. */
#if PG_VERSION_NUM < 180000
#define drs_disabled_nodes(plan) 0
#else
#define drs_disabled_nodes(plan) ((plan)->disabled_nodes)
#endif

/* The operator by which a pathkey orders values of a type.  18 has more kinds of order. */
#if PG_VERSION_NUM < 180000
#define drs_pathkey_operator(pathkey, type) \
	get_opfamily_member((pathkey)->pk_opfamily, type, type, (pathkey)->pk_strategy)
#else
#define drs_pathkey_operator(pathkey, type) \
	get_opfamily_member_for_cmptype((pathkey)->pk_opfamily, type, type, (pathkey)->pk_cmptype)
#endif

/* From 18 on, a sort clause says itself whether its operator is a "greater than". */
#if PG_VERSION_NUM < 180000
#define drs_sort_clause_set_direction(clause) ((void) (clause))
#else
#define drs_sort_clause_set_direction(clause) \
	((void) get_equality_op_for_ordering_op((clause)->sortop, &(clause)->reverse_sort))
#endif

/* Are backslashes in strings ordinary?  From 19 on, always. */
#if PG_VERSION_NUM < 190000
#define DRS_STANDARD_STRINGS standard_conforming_strings
#else
#define DRS_STANDARD_STRINGS true
#endif

/* Is it a generated column that is computed whenever it is read?  18 introduced them. */
#if PG_VERSION_NUM < 180000
#define drs_is_virtual(attribute) ((void) (attribute), false)
#else
#define drs_is_virtual(attribute) ((attribute)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
#endif

#endif							/* DRS_COMPAT_H */

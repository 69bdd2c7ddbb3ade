/*
 * compat.h
 *		The one place where the server's version matters.
 *
 * Everything here carries the newest core name, so that the other files read
 * as if only the newest server existed.
 */
#ifndef DRS_COMPAT_H
#define DRS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "datarobot_scoring needs PostgreSQL 15 or newer"
#endif

#include "catalog/pg_foreign_server.h"
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
#include "storage/waiteventset.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#endif

/* 18 writes it before the type; before that, the compiler's own attribute may stand there too. */
#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

/* Privilege to use a foreign server, in the form that 16 gave it. */
#if PG_VERSION_NUM < 160000
#define drs_server_aclcheck(serverid, roleid) \
	pg_foreign_server_aclcheck(serverid, roleid, ACL_USAGE)
#else
#define drs_server_aclcheck(serverid, roleid) \
	object_aclcheck(ForeignServerRelationId, serverid, roleid, ACL_USAGE)
#endif

/*
 * 17 lets a resource owner own the set; we always free it
 * ourselves, so that one rule holds everywhere.
 */
#if PG_VERSION_NUM < 170000
#define drs_create_wait_event_set(nevents) CreateWaitEventSet(TopMemoryContext, nevents)
#else
#define drs_create_wait_event_set(nevents) CreateWaitEventSet(NULL, nevents)
#endif

/*
 * From 17 on, a worker for a session whose user may not log
 * in (any more) is let in when it says so.
 */
#if PG_VERSION_NUM < 170000
#define DRS_BYPASS_LOGIN_CHECK 0
#else
#define DRS_BYPASS_LOGIN_CHECK BGWORKER_BYPASS_ROLELOGINCHECK
#endif

/* All settings: 16 made the array a copy, and counts with it. */
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

/* Does this process hold a lock in that very mode?  17 can be asked for stronger ones as well. */
#if PG_VERSION_NUM < 170000
#define drs_lock_held(tag, mode) LockHeldByMe(tag, mode)
#else
#define drs_lock_held(tag, mode) LockHeldByMe(tag, mode, false)
#endif

/*
 * Of a wait in ms: no more of it than half of what a
 * transaction may last, which is a setting from 17 on.
 */
#if PG_VERSION_NUM < 170000
#define drs_wait_limit(ms) (ms)
#else
#define drs_wait_limit(ms) \
	(TransactionTimeout > 0 ? Max(1, Min(ms, TransactionTimeout / 2)) : (ms))
#endif

/* A wait event of our own exists from 17 on. */
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

/* 19 computes where the columns lie once, when a descriptor made by hand is whole. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/*
 * Does a query read a temporary relation?  19 has no such function any more, and
 * the one for all temporary objects refuses transition tables.
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

/* float8 input: 16 added the soft-error context. */
#if PG_VERSION_NUM < 160000
#define drs_float8in(text) float8in_internal(text, NULL, "double precision", text)
#else
#define drs_float8in(text) float8in_internal(text, NULL, "double precision", text, NULL)
#endif

/*
 * JSON callbacks return nothing in 15, a result from 16 on; the lexer became the caller's in 17.
 */
#if PG_VERSION_NUM < 160000
typedef void drs_json_result;
#define DRS_JSON_CONTINUE
#else
typedef JsonParseErrorType drs_json_result;
#define DRS_JSON_CONTINUE JSON_SUCCESS
#endif

static inline JsonLexContext *
drs_json_lexer(char *json, int len, int encoding)
{
#if PG_VERSION_NUM < 170000
	return makeJsonLexContextCstringLen(json, len, encoding, true);
#else
	return makeJsonLexContextCstringLen(NULL, json, len, encoding, true);
#endif
}

#endif							/* DRS_COMPAT_H */

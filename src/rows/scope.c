/*
 * scope.c
 *		Makes the transition tables of a calling trigger visible in an SPI
 *		connection of ours.
 *
 * They are registered with the trigger's connection, and a new connection does
 * not have them.  It would look their names up in the schemas, so that a query
 * would read a whole table that has the name of a transition table.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

#include "rows/queryplace.h"
#include "rows/scope.h"

/* Is there an SPI connection?  No relation has the empty name, so this changes nothing. */
static bool
is_connected(void)
{
	return SPI_unregister_relation("") != SPI_ERROR_UNCONNECTED;
}

static void
note_environment(ParseState *pstate, void *arg)
{
	*(QueryEnvironment **) arg = pstate->p_queryEnv;
}

/*
 * SPI has no function that returns its relations, but passes them to the
 * parser's hooks when a plan is made again.
 */
QueryEnvironment *
drs_scope_of_caller(void)
{
	static SPIPlanPtr probe = NULL;
	static QueryEnvironment *found;
	CachedPlanSource *source;

	if (!is_connected())
		return NULL;
	if (probe == NULL)
	{
		SPIPlanPtr	plan;

		SPI_connect();
		plan = SPI_prepare_params("SELECT", note_environment, &found, 0);
		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare an empty query: %s",
				 SPI_result_code_string(SPI_result));
		probe = plan;
		SPI_finish();
	}
	found = NULL;
	source = linitial(SPI_plan_get_plan_sources(probe));
	source->is_valid = false;
	ReleaseCachedPlan(SPI_plan_get_cached_plan(probe), CurrentResourceOwner);
	return found;
}

static bool
share_named(Node *node, void *context)
{
	EphemeralNamedRelation relation = NULL;

	if (node == NULL)
		return false;
	if (IsA(node, RangeVar) && ((RangeVar *) node)->schemaname == NULL)
		relation = get_ENR(context, ((RangeVar *) node)->relname);
	/* the same name can occur twice */
	if (relation && SPI_register_relation(relation) == SPI_ERROR_ARGUMENT)
		elog(ERROR, "could not share the relation \"%s\"", relation->md.name);
	return raw_expression_tree_walker(node, share_named, context);
}

void
drs_scope_share(QueryEnvironment *caller, const char *query)
{
	ErrorContextCallback context = {error_context_stack, drs_queryplace_set,
									unconstify(char *, query)};
	ListCell   *lc;

	if (caller == NULL)
		return;
	error_context_stack = &context;
	foreach(lc, raw_parser(query, RAW_PARSE_DEFAULT))
	{
		Node	   *statement = lfirst_node(RawStmt, lc)->stmt;

		if (IsA(statement, SelectStmt)) /* others are refused later, and the walker does not
										 * accept them */
			(void) share_named(statement, caller);
	}
	error_context_stack = context.previous;
}

void
drs_scope_connect(const char *query)
{
	QueryEnvironment *caller = drs_scope_of_caller();

	SPI_connect();
	drs_scope_share(caller, query);
}

/*
 * source.c
 *		Runs a query and passes its rows to a consumer.
 *
 * A DestReceiver of our own receives each row from the executor, without a
 * cursor and without copying it.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "utils/plancache.h"
#include "utils/varlena.h"

#include "rows/scope.h"
#include "rows/source.h"

typedef struct Receiver
{
	DestReceiver pub;			/* first: the executor sees this */
	const RowConsumer *consumer;
	void	   *arg;
	MemoryContext cxt;			/* the caller's: what the consumer
								 * allocates outlives SPI's contexts */
} Receiver;

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->cxt);

	receiver->consumer->start(desc, receiver->arg);
	MemoryContextSwitchTo(old);
}

static bool
receiver_row(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->cxt);
	bool		more = receiver->consumer->row(slot, receiver->arg);

	MemoryContextSwitchTo(old);
	return more;
}

static void
receiver_nothing(DestReceiver *self)
{
}

void
drs_source_check(const Query *query)
{
	if (query == NULL || query->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must be one SELECT")));
	if (query->hasModifyingCTE || query->rowMarks != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must not change or lock rows"),
				 errdetail("It contains %s.", query->hasModifyingCTE ? "a data-modifying WITH" :
						   "FOR UPDATE or FOR SHARE")));
}

/* The one statement of a plan; NULL: there are none or several. */
static const Query *
query_of_plan(SPIPlanPtr plan)
{
	List	   *sources = SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source;

	if (list_length(sources) != 1)
		return NULL;
	source = linitial(sources);
	return list_length(source->query_list) == 1 ? linitial_node(Query, source->query_list) : NULL;
}

/*
 * From 17 on, REFRESH and other maintenance commands set search_path, so that
 * a query text in a materialized view's query no longer finds the relations
 * that it found when the view was created.
 */
static void
hint_at_path(void *arg)
{
	if (geterrcode() == ERRCODE_UNDEFINED_TABLE &&
		strcmp(namespace_search_path, "pg_catalog, pg_temp") == 0)
		errhint("Name the schema of each relation in the query text: search_path is pg_catalog"
				" here, as it is for REFRESH MATERIALIZED VIEW from PostgreSQL 17 on.");
}

/*
 * Raise when the query is just the name of a table, with a hint that helps
 * more than a syntax error.
 */
static void
refuse_table_name(const char *query)
{
	List	   *names;
	RangeVar   *range;

	if (!SplitIdentifierString(pstrdup(query), '.', &names) || names == NIL ||
		list_length(names) > 2)
		return;
	range = list_length(names) == 1 ? makeRangeVar(NULL, linitial(names), -1) :
		makeRangeVar(linitial(names), lsecond(names), -1);
	if (!OidIsValid(RangeVarGetRelid(range, NoLock, true)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("the query must be one SELECT"),
			 errdetail("It is the name of a table."),
			 errhint("Write TABLE %s, or SELECT ... FROM %s.", query, query)));
}

SPIPlanPtr
drs_source_prepare(const char *query, int nparams, Oid *types, int cursor_options)
{
	ErrorContextCallback context = {error_context_stack, hint_at_path, NULL};
	SPIPlanPtr	plan;

	refuse_table_name(query);
	error_context_stack = &context;
	plan = SPI_prepare_cursor(query, nparams, types, cursor_options);
	error_context_stack = context.previous;
	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must be one SELECT"),
				 errdetail("It cannot be prepared: %s.", SPI_result_code_string(SPI_result))));
	drs_source_check(query_of_plan(plan));
	return plan;
}

static void
execute_plan(SPIPlanPtr plan, ParamListInfo params, uint64 max_rows, Receiver *receiver)
{
	SPIExecuteOptions options = {0};
	int			code;

	receiver->pub.receiveSlot = receiver_row;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_nothing;
	receiver->pub.rDestroy = receiver_nothing;
	receiver->pub.mydest = DestNone;
	options.params = params;
	options.read_only = true;
	options.must_return_tuples = true;
	options.tcount = max_rows;
	options.dest = &receiver->pub;
	code = SPI_execute_plan_extended(plan, &options);
	if (code < 0)
		elog(ERROR, "could not run the query to score: %s", SPI_result_code_string(code));
}

void
drs_source_execute(SPIPlanPtr plan, ParamListInfo params, uint64 max_rows,
				   const RowConsumer *consumer, void *arg)
{
	Receiver	receiver = {.consumer = consumer, .arg = arg, .cxt = CurrentMemoryContext};

	execute_plan(plan, params, max_rows, &receiver);
}

void
drs_source_run(const char *query, uint64 max_rows, const RowConsumer *consumer, void *arg)
{
	Receiver	receiver = {.consumer = consumer, .arg = arg, .cxt = CurrentMemoryContext};

	drs_scope_connect(query);
	execute_plan(drs_source_prepare(query, 0, NULL, CURSOR_OPT_PARALLEL_OK), NULL, max_rows,
				 &receiver);
	SPI_finish();
}

char *
drs_source_statement(const char *query)
{
	List	   *statements;
	RawStmt    *statement;

	refuse_table_name(query);
	statements = raw_parser(query, RAW_PARSE_DEFAULT);
	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must be one SELECT")));
	statement = linitial_node(RawStmt, statements);
	if (statement->stmt_len == 0)
		return pstrdup(query + statement->stmt_location);
	return pnstrdup(query + statement->stmt_location, statement->stmt_len);
}

TupleDesc
drs_source_describe(const char *query)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext old;
	CachedPlanSource *source;
	TupleDesc	desc;

	drs_scope_connect(query);
	source = linitial(SPI_plan_get_plan_sources(drs_source_prepare(query, 0, NULL, 0)));
	old = MemoryContextSwitchTo(caller);
	desc = CreateTupleDescCopy(source->resultDesc);
	MemoryContextSwitchTo(old);
	SPI_finish();
	return desc;
}

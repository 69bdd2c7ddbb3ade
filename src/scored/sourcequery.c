/*
 * sourcequery.c
 *		The query of a scored table as trees: analyzed, wrapped, planned.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_oper.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/fixedsettings.h"
#include "base/names.h"
#include "rows/queryplace.h"
#include "rows/source.h"
#include "scored/ownerrights.h"
#include "scored/sourcequery.h"
#include "scored/sourcetext.h"

/* The subquery's index in the range table of the wrapping query. */
#define SOURCE 1

/*
 * The path by which the query's text is analyzed; NULL: the session's.  It
 * must not depend on who asks when the query has the owner's rights.
 */
static const char *
path_of(const ScoredTable *table)
{
	const TableOptions *options = &table->values.table;
	char	   *schema;

	if (options->security_invoker)
		return options->search_path;
	if (options->search_path)
		return psprintf("%s, pg_temp", options->search_path);
	schema = get_namespace_name(get_rel_namespace(table->relid));
	return psprintf("pg_catalog, %s, pg_temp", quote_identifier(schema));
}

/* Parse and analyze it under the session's settings. */
static Query *
analyze_text(const char *text)
{
	ErrorContextCallback context = {error_context_stack, drs_queryplace_set,
									unconstify(char *, text)};
	RawStmt    *statement = drs_sourcetext_parse(text);
	Query	   *query;

	error_context_stack = &context;
	query = parse_analyze_fixedparams(statement, text, NULL, 0, NULL);
	error_context_stack = context.previous;
	drs_source_check(query);
	return query;
}

SourceQuery *
drs_sourcequery_analyze(const ScoredTable *table, Oid asker)
{
	SourceQuery *source = palloc0(sizeof(SourceQuery));
	int			nestlevel = drs_fixed_settings_read_sql(path_of(table));

	source->text = table->values.table.query;
	source->query = analyze_text(source->text);
	drs_fixed_settings_end(nestlevel);
	source->desc = ExecCleanTypeFromTL(source->query->targetList);
	if (!table->values.table.security_invoker)
		drs_ownerrights_check(source->query, table);
	setRuleCheckAsUser((Node *) source->query,
					   table->values.table.security_invoker ? asker : table->owner);
	return source;
}

/* Does it read a sample of rows that will be another one when it is run again? */
static bool
has_sample(Node *node, void *arg)
{
	ListCell   *lc;

	if (node == NULL || !IsA(node, Query))
		return node != NULL && expression_tree_walker(node, has_sample, arg);
	foreach(lc, ((Query *) node)->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->tablesample && rte->tablesample->repeatable == NULL)
			return true;
	}
	return query_tree_walker((Query *) node, has_sample, arg, 0);
}

bool
drs_sourcequery_is_volatile(const SourceQuery *source)
{
	/* with the queries of views */
	List	   *queries = QueryRewrite(copyObject(source->query));
	Node	   *query = linitial(queries);

	return contain_volatile_functions(query) || has_sample(query, NULL);
}

/* The query as a range table entry. */
static RangeTblEntry *
source_entry(const SourceQuery *source, bool security_barrier)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;

	for (int i = 0; i < source->desc->natts; i++)
		names = lappend(names,
						makeString(pstrdup(NameStr(TupleDescAttr(source->desc, i)->attname))));
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = copyObject(source->query);
	rte->security_barrier = security_barrier;
	rte->alias = makeAlias("s", NIL);
	rte->eref = makeAlias("s", names);
	rte->inFromCl = true;
	return rte;
}

static SourceSort *
make_sort(TupleDesc desc, int column)
{
	SourceSort *sort = palloc0(sizeof(SourceSort));

	sort->column = column;
	get_sort_group_operators(TupleDescAttr(desc, column)->atttypid, true, true, false,
							 &sort->sortop, &sort->eqop, NULL, &sort->hashable);
	return sort;
}

/*
 * The rows of a series follow each other, in the order of time: the order that
 * requests need.
 */
static List *
series_order(const SourceQuery *source, const CallOptions *options)
{
	List	   *names = list_copy(options->series_columns);
	List	   *order = NIL;
	ListCell   *lc;

	if (source->query->sortClause != NIL)
		return NIL;
	if (options->time_column)
		names = lappend(names, options->time_column);
	foreach(lc, names)
	{
		int			column = drs_names_column(source->desc, lfirst(lc));

		/* opening the stream reports what is missing */
		if (column >= 0)
			order = lappend(order, make_sort(source->desc, column));
	}
	return order;
}

/* Indexes of the columns whose values the wrapping query returns or sorts by. */
static Bitmapset *
used_columns(const SourceAsk *ask, List *sort, int natts)
{
	Bitmapset  *used = bms_copy(ask->columns);
	ListCell   *lc;

	if (ask->all && natts > 0)
		used = bms_add_range(used, 0, natts - 1);
	foreach(lc, sort)
		used = bms_add_member(used, ((SourceSort *) lfirst(lc))->column);
	return used;
}

/* Every column of the query in its order.  Those that are not used are NULL. */
static List *
wrapped_columns(TupleDesc desc, const Bitmapset *used)
{
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Expr	   *expr;

		if (bms_is_member(i, used))
			expr = (Expr *) makeVar(SOURCE, i + 1, att->atttypid, att->atttypmod,
									att->attcollation, 0);
		else
			expr = (Expr *) makeNullConst(att->atttypid, att->atttypmod, att->attcollation);
		columns = lappend(columns, makeTargetEntry(expr, i + 1, pstrdup(NameStr(att->attname)),
												   false));
	}
	return columns;
}

static List *
sort_clauses(List *sort, List *columns)
{
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach(lc, sort)
	{
		const SourceSort *one = lfirst(lc);
		TargetEntry *column = list_nth_node(TargetEntry, columns, one->column);
		SortGroupClause *clause = makeNode(SortGroupClause);

		/* a column that is sorted by twice has one number, as in a parsed query */
		column->ressortgroupref = one->column + 1;
		clause->tleSortGroupRef = column->ressortgroupref;
		clause->sortop = one->sortop;
		clause->eqop = one->eqop;
		clause->nulls_first = one->nulls_first;
		clause->hashable = one->hashable;
		drs_sort_clause_set_direction(clause);
		clauses = lappend(clauses, clause);
	}
	return clauses;
}

Query *
drs_sourcequery_wrap(const SourceQuery *source, const ScoredTable *table, const SourceAsk *ask)
{
	Query	   *wrapped = makeNode(Query);
	RangeTblRef *from = makeNode(RangeTblRef);
	List	   *sort = ask->sort;
	Node	   *where = NULL;

	if (sort == NIL)
		sort = series_order(source, &table->values.call);
	if (ask->conditions != NIL)
		where = (Node *) make_ands_explicit(copyObject(ask->conditions));
	wrapped->commandType = CMD_SELECT;
	wrapped->querySource = QSRC_ORIGINAL;
	wrapped->canSetTag = true;
	wrapped->rtable = list_make1(source_entry(source, table->values.table.security_barrier));
	wrapped->targetList = wrapped_columns(source->desc,
										  used_columns(ask, sort, source->desc->natts));
	wrapped->sortClause = sort_clauses(sort, wrapped->targetList);
	from->rtindex = SOURCE;
	wrapped->jointree = makeFromExpr(list_make1(from), where);
	return wrapped;
}

PlannedStmt *
drs_sourcequery_plan(const Query *wrapped, const char *text, bool fast_start,
					 ParamListInfo params)
{
	List	   *queries = QueryRewrite(copyObject(unconstify(Query *, wrapped)));
	PlannedStmt *plan;

	plan = drs_plan_query(linitial_node(Query, queries), text,
						  fast_start ? CURSOR_OPT_FAST_PLAN : 0, params);
	/* a subquery of the query, or a view that it reads, can lock rows */
	if (plan->rowMarks != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must not change or lock rows"),
				 errdetail("It contains FOR UPDATE or FOR SHARE.")));
	return plan;
}

/*
 * sourcetext.c
 *		The text of a scored table's query, without a look at any catalog.
 *
 * What only analysis can see, such as a function that does not exist, is found
 * when the table is read.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parser.h"

#include "rows/queryplace.h"
#include "scored/sourcetext.h"

static void
refuse(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the query of a scored table must only read"),
			 errdetail("It contains %s.", what)));
}

/* Raise for a part that is no reading, wherever it is. */
static bool
check_node(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SelectStmt) && ((SelectStmt *) node)->intoClause)
		refuse("INTO");
	if (IsA(node, LockingClause))
		refuse("FOR UPDATE or FOR SHARE");
	if (IsA(node, ParamRef))
		refuse("a parameter");
	if (IsA(node, CommonTableExpr) && !IsA(((CommonTableExpr *) node)->ctequery, SelectStmt))
		refuse("a data-modifying WITH");
	return raw_expression_tree_walker(node, check_node, context);
}

RawStmt *
drs_sourcetext_parse(const char *query)
{
	ErrorContextCallback context = {error_context_stack, drs_queryplace_set,
									unconstify(char *, query)};
	List	   *statements;

	error_context_stack = &context;
	statements = raw_parser(query, RAW_PARSE_DEFAULT);
	error_context_stack = context.previous;
	if (list_length(statements) != 1 || !IsA(linitial_node(RawStmt, statements)->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query of a scored table must be one SELECT"),
				 list_length(statements) > 1 ? errdetail("It has several statements.") : 0));
	(void) check_node(linitial_node(RawStmt, statements)->stmt, NULL);
	return linitial_node(RawStmt, statements);
}

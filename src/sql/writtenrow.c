/*
 * writtenrow.c
 *		Refuses rows that are written out in the query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"

#include "sql/writtenrow.h"

/*
 * In a row written as (a, b), the first column begins less than this many
 * bytes after the parenthesis.
 */
#define NEAR 16

/*
 * Is this probably a row written out in the query, as ROW(a, b) or (a, b),
 * rather than a row of a table or a subquery?
 *
 * The rewriter makes the same kind of node from a row of a subquery.  An
 * explicit ROW is marked as such, but (a, b) is not, so this is a guess by the
 * distance in the query text from the row to its first column.  In (a, b) that
 * column follows the parenthesis.  The columns of a subquery are after FROM,
 * and the text between is longer than NEAR: ") OVER () FROM (SELECT ".  So
 * white space or a comment after the parenthesis hides a row that is written
 * out, which then fails for its features f1 and f2.  A constant row may have
 * been folded from either form; it counts as written out.
 */
static bool
is_written_row(Node *features)
{
	RowExpr    *row = (RowExpr *) features;
	int			first;

	if (IsA(features, Const))
		return true;
	if (!IsA(features, RowExpr) || row->args == NIL)
		return false;
	first = exprLocation(linitial(row->args));
	return row->row_format == COERCE_EXPLICIT_CALL ||
		(row->location >= 0 && first > row->location && first - row->location < NEAR);
}

void
drs_writtenrow_refuse(Node *features, TupleDesc desc, const char *instead)
{
	if (desc->tdtypeid != RECORDOID || desc->natts == 0 || !is_written_row(features))
		return;
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), psprintf("f%d", i + 1)) != 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the row to score has no column names"),
			 errhint("Use a row of a subquery instead of ROW(...): %s.", instead)));
}

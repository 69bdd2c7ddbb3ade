/*
 * keysql.c
 *		Writes the SQL statements that read a query by its key.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/sqlname.h"
#include "rows/keysql.h"

/* A column of the wrapped query. */
static void
append_column(StringInfo sql, const KeyColumn *column)
{
	appendStringInfo(sql, "q.%s", quote_identifier(column->name));
}

static void
append_columns(StringInfo sql, const Key *key)
{
	for (int i = 0; i < key->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, ", ");
		append_column(sql, &key->columns[i]);
	}
}

/*
 * IS NULL is also true for rows of NULLs.  These forms, with the word NULL, do
 * not look up an operator.
 */
#define IS_NULL " IS NOT DISTINCT FROM NULL"
#define IS_NO_NULL " IS DISTINCT FROM NULL"

static void
append_null(StringInfo sql, const Key *key)
{
	for (int i = 0; i < key->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, " OR ");
		append_column(sql, &key->columns[i]);
		appendStringInfoString(sql, IS_NULL);
	}
}

/*
 * A parameter is compared by its type's collation, unless it names the
 * column's, which determines the order.
 */
static void
append_param(StringInfo sql, const KeyColumn *column, int param, const char *cast)
{
	appendStringInfo(sql, "$%d%s%s", param, cast,
					 drs_sql_collate(column->type, column->collation));
}

static SqlComparison
comparison_of(const KeyColumn *column, StrategyNumber strategy)
{
	return drs_sql_comparison(column->declared, column->type, strategy);
}

static void
append_comparison(StringInfo sql, const KeyColumn *column, StrategyNumber strategy, int param)
{
	SqlComparison comparison = comparison_of(column, strategy);

	append_column(sql, column);
	appendStringInfo(sql, "%s %s ", comparison.left_cast, comparison.operator);
	append_param(sql, column, param, comparison.right_cast);
}

/* (a, b) op ($1, $2), for which an index on all of the columns can be used. */
static void
append_row_comparison(StringInfo sql, const Key *key, StrategyNumber strategy, int param)
{
	StringInfoData params;
	SqlComparison comparison;

	initStringInfo(&params);
	for (int i = 0; i < key->ncolumns; i++)
	{
		const char *separator = i > 0 ? ", " : "(";

		comparison = comparison_of(&key->columns[i], strategy);
		appendStringInfoString(sql, separator);
		append_column(sql, &key->columns[i]);
		appendStringInfoString(sql, comparison.left_cast);
		appendStringInfoString(&params, separator);
		append_param(&params, &key->columns[i], param + i, comparison.right_cast);
	}
	appendStringInfo(sql, ") %s %s)", comparison.operator, params.data);
}

/*
 * The same written out, for types whose operators are not in one schema:
 * a >= $1 AND (a > $1 OR (a = $1 AND b >= $2)).
 */
static void
append_written_out(StringInfo sql, const Key *key, StrategyNumber strategy, int param)
{
	bool		upwards = strategy >= BTGreaterEqualStrategyNumber;
	StrategyNumber strict = upwards ? BTGreaterStrategyNumber : BTLessStrategyNumber;
	int			last = key->ncolumns - 1;

	append_comparison(sql, &key->columns[0],
					  upwards ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber, param);
	appendStringInfoString(sql, " AND (");
	for (int i = 0; i < last; i++)
	{
		append_comparison(sql, &key->columns[i], strict, param + i);
		appendStringInfoString(sql, " OR (");
		append_comparison(sql, &key->columns[i], BTEqualStrategyNumber, param + i);
		appendStringInfoString(sql, " AND (");
	}
	append_comparison(sql, &key->columns[last], strategy, param + last);
	for (int i = 0; i < last; i++)
		appendStringInfoString(sql, "))");
	appendStringInfoChar(sql, ')');
}

static void
append_bound(StringInfo sql, const Key *key, StrategyNumber strategy, int param)
{
	const char *operator = comparison_of(&key->columns[0], strategy).operator;
	bool		all_alike = true;

	if (key->ncolumns == 1)
	{
		append_comparison(sql, &key->columns[0], strategy, param);
		return;
	}
	for (int i = 1; i < key->ncolumns; i++)
		all_alike &= strcmp(comparison_of(&key->columns[i], strategy).operator, operator) == 0;
	if (all_alike)
		append_row_comparison(sql, key, strategy, param);
	else
		append_written_out(sql, key, strategy, param);
}

static void
append_selection(StringInfo sql, const Key *key, const KeySelection *selection)
{
	if (selection->lower == 0 && !selection->upper)
		return;
	appendStringInfoString(sql, " WHERE (");
	if (selection->lower != 0)
		append_bound(sql, key, selection->lower, 1);
	if (selection->lower != 0 && selection->upper)
		appendStringInfoString(sql, " AND ");
	if (selection->upper)
		append_bound(sql, key, BTLessEqualStrategyNumber,
					 selection->lower != 0 ? 1 + key->ncolumns : 1);
	appendStringInfoChar(sql, ')');
	if (selection->nulls)
	{
		appendStringInfoString(sql, " OR ");
		append_null(sql, key);
	}
}

/* The statement can end in a line comment. */
static void
append_from(StringInfo sql, const char *statement)
{
	appendStringInfo(sql, " FROM (%s\n) q", statement);
}

char *
drs_keysql_rows(const char *statement, const Key *key, const KeySelection *selection)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT *");
	append_from(&sql, statement);
	append_selection(&sql, key, selection);
	appendStringInfoString(&sql, " ORDER BY ");
	append_columns(&sql, key);
	if (selection->limit > 0)
		appendStringInfo(&sql, " LIMIT %d", selection->limit);
	return sql.data;
}

char *
drs_keysql_null(const char *statement, const Key *key)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT *");
	append_from(&sql, statement);
	appendStringInfoString(&sql, " WHERE ");
	append_null(&sql, key);
	appendStringInfoString(&sql, " LIMIT 1");
	return sql.data;
}

char *
drs_keysql_keys(const char *statement, const Key *key)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_columns(&sql, key);
	append_from(&sql, statement);
	appendStringInfoString(&sql, " ORDER BY ");
	append_columns(&sql, key);
	return sql.data;
}

/*
 * An index that is read backwards begins with its NULLs, so they are excluded,
 * not sorted last.
 */
char *
drs_keysql_greatest(const char *statement, const Key *key, bool bounded)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT *");
	append_from(&sql, statement);
	for (int i = 0; i < key->ncolumns; i++)
	{
		appendStringInfoString(&sql, i == 0 ? " WHERE " : " AND ");
		append_column(&sql, &key->columns[i]);
		appendStringInfoString(&sql, IS_NO_NULL);
	}
	if (bounded)
	{
		appendStringInfoString(&sql, " AND (");
		append_bound(&sql, key, BTLessEqualStrategyNumber, 1);
		appendStringInfoChar(&sql, ')');
	}
	for (int i = 0; i < key->ncolumns; i++)
	{
		appendStringInfoString(&sql, i == 0 ? " ORDER BY " : ", ");
		append_column(&sql, &key->columns[i]);
		appendStringInfoString(&sql, " DESC");
	}
	appendStringInfoString(&sql, " LIMIT 1");
	return sql.data;
}

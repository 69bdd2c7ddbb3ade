/*
 * keysql.c
 *		The texts of statements that read a query by its key.
 *		PostgreSQL licence.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "keysql.h"

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

static void
append_null(StringInfo sql, const Key *key)
{
	for (int i = 0; i < key->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, " OR ");
		append_column(sql, &key->columns[i]);
		appendStringInfoString(sql, " IS NULL");
	}
}

static const char *
operator_text(const KeyColumn *column, StrategyNumber strategy)
{
	Oid			operator = get_opfamily_member(column->opfamily, column->opintype, column->opintype, strategy);
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "the order of type %u has no operator of strategy %d", column->type, strategy);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return text;
}

/*
 * A parameter compares by its type's own collation unless it is told the
 * column's, which is the one that gives the order.
 */
static void
append_param(StringInfo sql, const KeyColumn *column, int param)
{
	HeapTuple	tuple;
	Form_pg_collation form;

	appendStringInfo(sql, "$%d", param);
	if (!OidIsValid(column->collation) || column->collation == get_typcollation(column->type))
		return;
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(column->collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", column->collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	appendStringInfo(sql, " COLLATE %s",
					 quote_qualified_identifier(get_namespace_name(form->collnamespace), NameStr(form->collname)));
	ReleaseSysCache(tuple);
}

static void
append_comparison(StringInfo sql, const KeyColumn *column, StrategyNumber strategy, int param)
{
	append_column(sql, column);
	appendStringInfo(sql, " %s ", operator_text(column, strategy));
	append_param(sql, column, param);
}

/* (a, b) op ($1, $2): what an index on all of the columns understands. */
static void
append_row_comparison(StringInfo sql, const Key *key, const char *operator, int param)
{
	appendStringInfoChar(sql, '(');
	append_columns(sql, key);
	appendStringInfo(sql, ") %s (", operator);
	for (int i = 0; i < key->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, ", ");
		append_param(sql, &key->columns[i], param + i);
	}
	appendStringInfoChar(sql, ')');
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
	const char *operator = operator_text(&key->columns[0], strategy);
	bool		all_alike = true;

	if (key->ncolumns == 1)
	{
		append_comparison(sql, &key->columns[0], strategy, param);
		return;
	}
	for (int i = 1; i < key->ncolumns; i++)
		all_alike &= strcmp(operator_text(&key->columns[i], strategy), operator) == 0;
	if (all_alike)
		append_row_comparison(sql, key, operator, param);
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
		append_bound(sql, key, BTLessEqualStrategyNumber, selection->lower != 0 ? 1 + key->ncolumns : 1);
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

/* An index that is read backwards begins with its NULLs, so they are excluded rather than put last. */
char *
drs_keysql_greatest(const char *statement, const Key *key)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT *");
	append_from(&sql, statement);
	for (int i = 0; i < key->ncolumns; i++)
	{
		appendStringInfoString(&sql, i == 0 ? " WHERE " : " AND ");
		append_column(&sql, &key->columns[i]);
		appendStringInfoString(&sql, " IS NOT NULL");
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

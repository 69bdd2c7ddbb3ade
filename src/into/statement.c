/*
 * statement.c
 *		Builds the statements (docs/api.md 2.1) as ordinary SQL over sets of rows.
 *
 * The user's triggers, constraints, defaults and policies apply because it is
 * the user's statement like any other.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/sqlname.h"
#include "into/statement.h"
#include "into/uniqueindex.h"

typedef struct StatementBuilder
{
	const Target *target;
	const Output *output;
	const RowsAsSql *rows;
	const OutputColumn *ranged; /* as drs_statement_ranged() returns it */
	const AnswerFacts *facts;	/* NULL: nothing was answered yet */
	const char *conflict;		/* of an upsert's ON CONFLICT, as SQL; NULL: it has none */
} StatementBuilder;

static bool is_present(const StatementBuilder *builder, const OutputColumn *column);
static char *build_create(const StatementBuilder *builder);
static char *build_insert(const StatementBuilder *builder, bool where_missing);
static char *build_update(const StatementBuilder *builder);
static char *build_lock(const Target *target);
static const char *find_conflict(const Target *target, const Output *output);

const RowsAsSql drs_rows_relation = {
	DRS_ROWS " AS r",
	"(SELECT c1 FROM " DRS_ROWS " ORDER BY c1 LIMIT 1)",
	"(SELECT c1 FROM " DRS_ROWS " ORDER BY c1 DESC LIMIT 1)"
};

Statements *
drs_statements_build(const WriteTask *task, const RowsAsSql *rows, const AnswerFacts *facts)
{
	StatementBuilder builder = {task->target, task->output, rows, drs_statement_ranged(task),
								facts, NULL};
	Statements *statements = palloc0(sizeof(Statements));

	if (!OidIsValid(task->target->oid))
		statements->create = build_create(&builder);
	switch ((StatementType) task->options->write.statement_type)
	{
		case STATEMENT_INSERT:
		case STATEMENT_CREATE_TABLE:
			statements->insert = build_insert(&builder, false);
			break;
		case STATEMENT_UPDATE:
			statements->update = build_update(&builder);
			break;
		case STATEMENT_UPSERT:
			builder.conflict = find_conflict(task->target, task->output);
			if (builder.conflict == NULL)
			{
				statements->lock = build_lock(task->target);
				statements->update = task->output->set ? build_update(&builder) : NULL;
			}
			statements->insert = build_insert(&builder, builder.conflict == NULL);
			break;
	}
	return statements;
}

const OutputColumn *
drs_statement_ranged(const WriteTask *task)
{
	ListCell   *lc;

	if (!task->sliced || !OidIsValid(task->target->oid))
		return NULL;
	foreach(lc, task->output->where)
		if (((const OutputColumn *) lfirst(lc))->field == 0)
			return lfirst(lc);
	return NULL;
}

/* Are the where columns just the keys? */
static bool
are_keys(const Output *output)
{
	ListCell   *lc;

	foreach(lc, output->where)
		if (((const OutputColumn *) lfirst(lc))->field >= output->nkeys)
			return false;
	return list_length(output->where) == output->nkeys;
}

/* A table that we create gets its keys as primary key; of any other, the catalog says. */
static const char *
find_conflict(const Target *target, const Output *output)
{
	List	   *names = NIL;
	StringInfoData quoted;
	ListCell   *lc;

	initStringInfo(&quoted);
	foreach(lc, output->where)
	{
		const char *name = ((const OutputColumn *) lfirst(lc))->target;

		names = lappend(names, unconstify(char *, name));
		appendStringInfo(&quoted, "%s%s", quoted.len > 0 ? ", " : "", quote_identifier(name));
	}
	if (OidIsValid(target->oid))
		return drs_unique_index_find(target, names);
	return are_keys(output) ? quoted.data : NULL;
}

/* Is the column written, as far as that is known? */
static bool
is_present(const StatementBuilder *builder, const OutputColumn *column)
{
	const bool *has_column = builder->facts ? builder->facts->has_column : NULL;

	switch (column->presence)
	{
		case COLUMN_CERTAIN:
		case COLUMN_MATCHED:
			break;
		case COLUMN_TENTATIVE:
			return has_column && has_column[column->field];
		case COLUMN_CREATED:
			return has_column == NULL || has_column[column->field];
		case COLUMN_CREATED_UNLESS_BINARY:
			return has_column == NULL ||
				(has_column[column->field] && !has_column[builder->output->positive_class]);
	}
	return true;
}

/* The type of a column of a table to be created. */
static const char *
created_type(const StatementBuilder *builder, const OutputColumn *column)
{
	if (builder->facts && builder->facts->is_number && drs_output_is_created(column) &&
		strcmp(column->name, "prediction") == 0)
		return "double precision";
	return column->type;
}

/* The value of a column, of the gathered row r. */
static void
append_value(StringInfo sql, const StatementBuilder *builder, const OutputColumn *column)
{
	if (column->field < 0)
		appendStringInfoString(sql, column->expression);
	else if (drs_output_is_created(column))
		appendStringInfo(sql, "r.c%d::%s", column->field + 1, created_type(builder, column));
	else
		appendStringInfo(sql, "r.c%d", column->field + 1);
}

static char *
build_create(const StatementBuilder *builder)
{
	const Output *output = builder->output;
	StringInfoData sql;
	const char *comma = "";
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", builder->target->name);
	for (int i = 0; i < output->ncolumns; i++)
	{
		const OutputColumn *column = &output->columns[i];

		if (!is_present(builder, column))
			continue;
		appendStringInfo(&sql, "%s%s %s", comma, quote_identifier(column->target),
						 created_type(builder, column));
		comma = ", ";
	}
	foreach(lc, output->keys)
		appendStringInfo(&sql, "%s%s", foreach_current_index(lc) == 0 ? ", PRIMARY KEY (" : ", ",
						 quote_identifier(lfirst(lc)));
	appendStringInfoString(&sql, output->keys ? "))" : ")");
	return sql.data;
}

/* How a column of the target is compared with the gathered rows'. */
static SqlComparison
comparison_with(const StatementBuilder *builder, const OutputColumn *column,
				StrategyNumber strategy)
{
	const TargetColumn *target = drs_target_column(builder->target, column->target);
	Oid			gathered = builder->output->shape->columns[column->field].type;

	/* a table to be created has the query's types */
	return drs_sql_comparison(target ? target->type : gathered, gathered, strategy);
}

/* "t.a = r.c1 AND t.b = r.c2" */
static void
append_match(StringInfo sql, const StatementBuilder *builder)
{
	ListCell   *lc;

	foreach(lc, builder->output->where)
	{
		const OutputColumn *column = lfirst(lc);
		SqlComparison comparison = comparison_with(builder, column, BTEqualStrategyNumber);

		appendStringInfo(sql, "%st.%s%s %s r.c%d%s", foreach_current_index(lc) > 0 ? " AND " : "",
						 quote_identifier(column->target), comparison.left_cast,
						 comparison.operator, column->field + 1, comparison.right_cast);
	}
}

/*
 * The rows of a slice are next to each other in the target, too, if the first key is
 * among the where columns: types that may be matched with each other there have one
 * order.  With this condition, the planner need not read all of the target for every
 * slice.
 */
static void
append_range(StringInfo sql, const StatementBuilder *builder)
{
	const OutputColumn *first = builder->ranged;

	if (first == NULL || builder->rows->least == NULL)
		return;
	for (int i = 0; i < 2; i++)
	{
		SqlComparison comparison = comparison_with(builder, first,
												   i == 0 ? BTGreaterEqualStrategyNumber :
												   BTLessEqualStrategyNumber);

		appendStringInfo(sql, " AND t.%s%s %s %s%s", quote_identifier(first->target),
						 comparison.left_cast, comparison.operator,
						 i == 0 ? builder->rows->least : builder->rows->greatest,
						 comparison.right_cast);
	}
}

/* The columns that the statement sets: those of the answers among them, of OutputColumn *. */
static List *
columns_to_set(const StatementBuilder *builder)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, builder->output->set)
		if (is_present(builder, lfirst(lc)))
			columns = lappend(columns, lfirst(lc));
	return columns;
}

static void
append_on_conflict(StringInfo sql, const StatementBuilder *builder)
{
	List	   *columns = columns_to_set(builder);
	ListCell   *lc;

	appendStringInfo(sql, " ON CONFLICT (%s) DO %s", builder->conflict,
					 columns ? "UPDATE SET " : "NOTHING");
	foreach(lc, columns)
	{
		const char *name = quote_identifier(((const OutputColumn *) lfirst(lc))->target);

		appendStringInfo(sql, "%s%s = EXCLUDED.%s", foreach_current_index(lc) > 0 ? ", " : "",
						 name, name);
	}
}

static char *
build_insert(const StatementBuilder *builder, bool where_missing)
{
	const Output *output = builder->output;
	StringInfoData sql;
	StringInfoData values;
	const char *comma = "";

	initStringInfo(&sql);
	initStringInfo(&values);
	appendStringInfo(&sql, "INSERT INTO %s (", builder->target->name);
	for (int i = 0; i < output->ncolumns; i++)
	{
		const OutputColumn *column = &output->columns[i];

		if (!is_present(builder, column))
			continue;
		appendStringInfo(&sql, "%s%s", comma, quote_identifier(column->target));
		appendStringInfoString(&values, comma);
		append_value(&values, builder, column);
		comma = ", ";
	}
	appendStringInfo(&sql, ") SELECT %s FROM %s", values.data, builder->rows->from);
	if (where_missing)
	{
		appendStringInfo(&sql, " WHERE NOT EXISTS (SELECT FROM %s AS t WHERE ",
						 builder->target->name);
		append_match(&sql, builder);
		append_range(&sql, builder);
		appendStringInfoChar(&sql, ')');
	}
	if (builder->conflict)
		append_on_conflict(&sql, builder);
	return sql.data;
}

/*
 * If the answers have none of the columns to set, or nothing was answered yet, a
 * where column is set to itself: that changes nothing, and can be checked like any
 * other update.
 */
static void
append_no_change(StringInfo sql, const StatementBuilder *builder)
{
	const OutputColumn *where = linitial(builder->output->where);
	const char *name = quote_identifier(where->target);

	appendStringInfo(sql, "%s = t.%s", name, name);
}

static char *
build_update(const StatementBuilder *builder)
{
	List	   *columns = columns_to_set(builder);
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS t SET ", builder->target->name);
	if (columns == NIL)
		append_no_change(&sql, builder);
	foreach(lc, columns)
	{
		const OutputColumn *column = lfirst(lc);

		appendStringInfo(&sql, "%s%s = ", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(column->target));
		append_value(&sql, builder, column);
	}
	appendStringInfo(&sql, " FROM %s WHERE ", builder->rows->from);
	append_match(&sql, builder);
	append_range(&sql, builder);
	return sql.data;
}

/*
 * Without a unique index to conflict on, two runs that overlap could both miss a row
 * and insert it.  Tables and views can be locked against that; for foreign tables, at
 * least our other runs are kept out.
 */
static char *
build_lock(const Target *target)
{
	if (target->relkind != RELKIND_FOREIGN_TABLE)
		return psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", target->name);
	return psprintf("SELECT pg_catalog.pg_advisory_xact_lock('pg_catalog.pg_foreign_table'"
					"::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int4, %d)",
					(int32) target->oid);
}

/*
 * Rows with a NULL are left out: it equals nothing, and a unique index with NULLS NOT
 * DISTINCT raises an error of its own.  IS DISTINCT FROM NULL needs no operator and,
 * unlike IS NOT NULL, does not look into composite values.
 */
char *
drs_statement_duplicates(const Output *output)
{
	StringInfoData sql;
	StringInfoData names;
	StringInfoData known;
	ListCell   *lc;

	initStringInfo(&sql);
	initStringInfo(&names);
	initStringInfo(&known);
	foreach(lc, output->where)
	{
		int			field = ((const OutputColumn *) lfirst(lc))->field;

		appendStringInfo(&names, "%sr.c%d", names.len > 0 ? ", " : "", field + 1);
		appendStringInfo(&known, "%sr.c%d IS DISTINCT FROM NULL", known.len > 0 ? " AND " : "",
						 field + 1);
	}
	appendStringInfo(&sql, "SELECT pg_catalog.concat_ws(', ', %s) FROM %s WHERE %s GROUP BY %s "
					 "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 LIMIT 1", names.data,
					 drs_rows_relation.from, known.data, names.data);
	return sql.data;
}

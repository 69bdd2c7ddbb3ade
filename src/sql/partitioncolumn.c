/*
 * partitioncolumn.c
 *		The functions partition_query and partition_column, which add the sets of a partition
 *		to the rows of a query, and partitioning_payload.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/names.h"
#include "partition/partitionpayload.h"
#include "rows/source.h"
#include "sql/arguments.h"
#include "sql/querycolumn.h"

PG_FUNCTION_INFO_V1(drs_partitioning_payload);
PG_FUNCTION_INFO_V1(drs_partition_query);
PG_FUNCTION_INFO_V1(drs_partition_column);

/* Arguments of partition_query and partition_column. */
enum
{
	ARG_QUERY,
	ARG_SPEC,
	ARG_COLUMN_NAME,
	ARG_ORDER_BY,
	ARG_BACKTEST
};

/* ---- the payload */

static PartitioningSpec *
spec_argument(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the specification must not be NULL")));
	return drs_partitionspec_read(PG_GETARG_JSONB_P_COPY(arg));
}

/* partitioning_payload(spec, column_name) */
Datum
drs_partitioning_payload(PG_FUNCTION_ARGS)
{
	PartitioningSpec *spec = spec_argument(fcinfo, 0);
	char	   *column = drs_argument_text(fcinfo, 1);

	PG_RETURN_JSONB_P(column ? drs_partition_column_payload(spec, column) :
					  drs_partition_payload(spec));
}

/* ---- the query */

/* A query to which the sets of a partition are added. */
typedef struct PartitionQuery
{
	PartitioningSpec *spec;
	char	   *statement;		/* the caller's, without semicolon */
	char	   *name;			/* of the column of sets */
	List	   *order_by;		/* of char *: columns */
	char	   *backtest;		/* of a partition by dates; NULL: the holdout's view */
	TupleDesc	desc;			/* of the caller's query */
} PartitionQuery;

/* The quoted name of a column that the query must have once. */
static const char *
column_of(const PartitionQuery *query, const char *name)
{
	(void) drs_query_column(query->desc, name);
	return quote_identifier(name);
}

/* The column that the sets depend on; NULL for a random partition. */
static const char *
key_of(const PartitioningSpec *spec)
{
	if (spec->method == PARTITION_DATETIME)
		return spec->datetime->column;
	if (spec->method != PARTITION_STRATIFIED)
		return spec->column;
	if (spec->target == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"target\" is missing"),
				 errdetail("Strata are made of a column of the query."),
				 errhint("Name it in the specification. It is not part of the payload.")));
	return spec->target;
}

/* Append an argument, after a comma if there is one before. */
static void
append_argument(StringInfo sql, const char *text)
{
	appendStringInfo(sql, "%s%s", sql->data[sql->len - 1] == '(' ? "" : ", ", text);
}

static void
append_literal(StringInfo sql, const char *text)
{
	append_argument(sql, text ? quote_literal_cstr(text) : "NULL");
}

/* The arguments that say how large the sets are. */
static void
append_shares(StringInfo sql, const PartitioningSpec *spec)
{
	append_literal(sql, spec->holdout_pct);
	append_literal(sql, spec->is_cv ? spec->reps : spec->validation_pct);
	append_literal(sql, spec->seed);
}

/* The arguments that say what the sets are called. */
static void
append_levels(StringInfo sql, const PartitioningSpec *spec)
{
	if (!spec->is_cv)
	{
		append_literal(sql, drs_partitionspec_level(spec->training_level));
		append_literal(sql, drs_partitionspec_level(spec->validation_level));
	}
	append_literal(sql, drs_partitionspec_level(spec->holdout_level));
}

/* The arguments that say when the sets begin. */
static void
append_dates(StringInfo sql, const PartitionQuery *query)
{
	append_literal(sql, JsonbToCString(NULL, &query->spec->given->root, 0));
	append_literal(sql, query->backtest);
}

/* The function that assigns the rows; palloc'd. */
static char *
function_of(const PartitioningSpec *spec)
{
	if (spec->method == PARTITION_DATETIME)
		return pstrdup("datetime_partition");
	return psprintf("%s_%s", drs_partitionspec_method(spec->method), spec->is_cv ? "cv" : "tvh");
}

/* Its call. */
static void
append_call(StringInfo sql, const PartitionQuery *query)
{
	const char *key = key_of(query->spec);

	appendStringInfo(sql, "datarobot.%s(", function_of(query->spec));
	if (key)
		append_argument(sql, psprintf("q.%s", column_of(query, key)));
	if (query->spec->method == PARTITION_DATETIME)
		append_dates(sql, query);
	else if (query->spec->method == PARTITION_USER)
		append_levels(sql, query->spec);
	else
		append_shares(sql, query->spec);
	appendStringInfoChar(sql, ')');
}

/* The window: all rows, in the given order. */
static void
append_window(StringInfo sql, const PartitionQuery *query)
{
	ListCell   *lc;

	appendStringInfoString(sql, " OVER (");
	foreach(lc, query->order_by)
		appendStringInfo(sql, "%s q.%s", lc == list_head(query->order_by) ? "ORDER BY" : ",",
						 column_of(query, lfirst(lc)));
	appendStringInfoChar(sql, ')');
}

/* The text of the query with the column of sets; the query may end in a line comment. */
static char *
write_query(const PartitionQuery *query)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT q.*, ");
	append_call(&sql, query);
	append_window(&sql, query);
	appendStringInfo(&sql, " AS %s FROM (%s\n) q", quote_identifier(query->name),
					 query->statement);
	return sql.data;
}

/* Raise unless a column can have the name as it is. */
static void
check_name(const char *name)
{
	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of the column must not be empty")));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("the name of the column is longer than %d bytes", NAMEDATALEN - 1)));
}

static char *
query_argument(FunctionCallInfo fcinfo)
{
	PartitionQuery query = {
		.spec = spec_argument(fcinfo, ARG_SPEC),
		.statement = drs_argument_text(fcinfo, ARG_QUERY),
		.name = drs_argument_text(fcinfo, ARG_COLUMN_NAME),
		.order_by = drs_argument_names(fcinfo, ARG_ORDER_BY, "order_by"),
		.backtest = drs_argument_text(fcinfo, ARG_BACKTEST)
	};

	if (query.statement == NULL || query.name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query and the name of the column must not be NULL")));
	check_name(query.name);
	if (query.backtest && query.spec->method != PARTITION_DATETIME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only a partition by dates has backtests")));
	if (query.backtest)
		(void) drs_backtest_number(query.backtest);
	query.desc = drs_source_describe(query.statement);
	query.statement = drs_source_statement(query.statement);
	if (drs_names_column(query.desc, query.name) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("the query already has a column \"%s\"", query.name)));
	return write_query(&query);
}

/* partition_query(query, spec, column_name, order_by, backtest) */
Datum
drs_partition_query(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(query_argument(fcinfo)));
}

/* ---- its rows */

/* Raise when the query has other columns than those that the call declares. */
static void
start_rows(TupleDesc desc, void *arg)
{
	const ReturnSetInfo *info = arg;
	TupleDesc	wanted = info->setDesc;

	if (desc->natts != wanted->natts)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the call declares %d columns, but there are %d", wanted->natts,
						desc->natts),
				 errdetail("They are those of the query, and the sets after them.")));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute have = TupleDescAttr(desc, i);
		Form_pg_attribute want = TupleDescAttr(wanted, i);

		if (have->atttypid != want->atttypid ||
			(want->atttypmod >= 0 && have->atttypmod != want->atttypmod))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is declared as %s, but is %s",
							NameStr(want->attname),
							format_type_with_typemod(want->atttypid, want->atttypmod),
							format_type_with_typemod(have->atttypid, have->atttypmod))));
	}
}

static bool
add_row(TupleTableSlot *slot, void *arg)
{
	const ReturnSetInfo *info = arg;

	tuplestore_puttupleslot(info->setResult, slot);
	return true;
}

/* partition_column(query, spec, column_name, order_by, backtest) */
Datum
drs_partition_column(PG_FUNCTION_ARGS)
{
	static const RowConsumer consumer = {start_rows, add_row};
	char	   *query = query_argument(fcinfo);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	drs_source_run(query, 0, &consumer, fcinfo->resultinfo);
	return (Datum) 0;
}

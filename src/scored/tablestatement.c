/*
 * tablestatement.c
 *		Writes the DDL of a scored table, as a user could have written it.
 *
 * What it names has schemas, and its query lists the columns: a column that is
 * added to the source later is not sent before somebody has decided so.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/targetcolumns.h"
#include "base/jsonbcursor.h"
#include "base/optiontable.h"
#include "base/sqlname.h"
#include "decode/predictionfield.h"
#include "rows/source.h"
#include "scored/tablestatement.h"

/* The columns of the source, as a select list. */
static char *
select_list(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
	return list.data;
}

void
drs_tablestatement_source(PredictedTable *table, const RangeVar *source)
{
	Oid			relid = RangeVarGetRelid(source, AccessShareLock, false);
	Oid			schema = get_rel_namespace(relid);

	table->source = quote_qualified_identifier(isTempNamespace(schema) ? "pg_temp" :
											   get_namespace_name(schema), get_rel_name(relid));
	table->desc = drs_source_describe(psprintf("SELECT * FROM %s", table->source));
}

static void
add_column(StringInfo list, const char *name, const char *type)
{
	appendStringInfo(list, "%s%s %s", list->len > 0 ? ", " : "", quote_identifier(name), type);
}

/*
 * The columns of the scored table, as CREATE TABLE has them.  One of the source that has the
 * name of a part of the prediction says that it is the source's.
 */
static char *
column_list(const PredictedTable *table)
{
	StringInfoData list;
	ShapeSource part;
	ListCell   *lc;

	initStringInfo(&list);
	for (int i = 0; i < table->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(table->desc, i);

		add_column(&list, NameStr(column->attname), drs_sql_column_type(column));
		if (drs_prediction_field_named(NameStr(column->attname), &part))
			appendStringInfo(&list, " OPTIONS (source %s)",
							 quote_literal_cstr(NameStr(column->attname)));
	}
	foreach(lc, table->predicted)
	{
		const ResultColumn *column = lfirst(lc);

		add_column(&list, drs_predictedtable_name(table, column->name), column->type);
		if (table->prefix[0] != '\0')
			appendStringInfo(&list, " OPTIONS (output %s)", quote_literal_cstr(column->name));
	}
	return list.data;
}

/* Names as key_columns has them: as SQL has them, with commas. */
static char *
name_list(List *names)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, names)
		appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", quote_identifier(lfirst(lc)));
	return list.data;
}

static void
add_option(StringInfo list, const char *name, const char *value)
{
	appendStringInfo(list, "%s%s %s", list->len > 0 ? ", " : "", quote_identifier(name),
					 quote_literal_cstr(value));
}

/* Raise for an option that the statement has by itself. */
static void
check_not_ours(const char *name)
{
	if (strcmp(name, "query") == 0 || strcmp(name, "deployment") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"%s\" of the scored table is not for you to set", name),
				 errhint("It follows from the source and the deployment.")));
}

/* A value of an option as DDL has it. */
static char *
option_value(const JsonbCursor *cursor)
{
	if (cursor->value.type == jbvBinary)
		return JsonbToCString(NULL, cursor->value.val.binary.data, 0);
	return drs_option_text(&cursor->value, cursor->name);
}

static char *
option_list(const PredictedTable *table, Jsonb *options)
{
	StringInfoData list;
	JsonbCursor cursor;

	initStringInfo(&list);
	add_option(&list, "deployment", table->id);
	add_option(&list, "query", psprintf("SELECT %s FROM %s", select_list(table->desc),
										table->source));
	if (table->keys != NIL)
		add_option(&list, "key_columns", name_list(table->keys));
	if (options == NULL)
		return list.data;
	cursor = drs_jsonb_open(&options->root);
	while (drs_jsonb_next(&cursor))
	{
		check_not_ours(cursor.name);
		if (cursor.value.type != jbvNull && strcmp(cursor.name, "key_columns") != 0)
			add_option(&list, cursor.name, option_value(&cursor));
	}
	return list.data;
}

char *
drs_tablestatement(const PredictedTable *table, const char *name, Jsonb *options)
{
	return psprintf("CREATE FOREIGN TABLE %s (%s) SERVER %s OPTIONS (%s)", name,
					column_list(table), quote_identifier(table->endpoint->server_name),
					option_list(table, options));
}

/*
 * runstatusall.c
 *		The function run_status_all: datarobot.run_status of every node of Citus.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "base/sqlname.h"
#include "cluster/citus.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_run_status_all);

/* As one JSON value, which is all that Citus hands back of a command. */
#define COLLECT "SELECT pg_catalog.json_agg(s) FROM datarobot.run_status s"

/* The columns with the types of the function: a role of a node may be unknown here. */
static char *
list_columns(TupleDesc desc)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 1; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		appendStringInfo(&list, "%s%s %s", i > 1 ? ", " : "",
						 quote_identifier(NameStr(column->attname)),
						 drs_sql_column_type(column));
	}
	return list.data;
}

static void
put_row(ResultSet *result, const char *node, uint64 row)
{
	int			natts = result->columns->tupdesc->natts;
	const char **values = palloc(sizeof(char *) * natts);

	values[0] = node;
	for (int i = 1; i < natts; i++)
		values[i] = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, i);
	drs_resultset_put(result, values);
}

static void
put_node(ResultSet *result, const NodeCommand *command)
{
	char	   *name = psprintf("%s:%d", command->node.name, command->node.port);
	Oid			type = TEXTOID;
	char	   *sql = psprintf("SELECT * FROM pg_catalog.json_to_recordset($1::pg_catalog.json)"
							   " AS r(%s)", list_columns(result->columns->tupdesc));
	Datum		ledger;

	if (!command->succeeded)
		ereport(WARNING,
				(errmsg("the ledger of %s could not be read", name),
				 command->result ? errdetail_internal("%s", command->result) : 0));
	if (!command->succeeded || command->result == NULL || command->result[0] == '\0')
		return;
	ledger = CStringGetTextDatum(command->result);
	if (SPI_execute_with_args(sql, 1, &type, &ledger, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the ledger of %s", name);
	for (uint64 i = 0; i < SPI_processed; i++)
		put_row(result, name, i);
	SPI_freetuptable(SPI_tuptable);
}

Datum
drs_run_status_all(PG_FUNCTION_ARGS)
{
	ResultSet  *result;
	List	   *commands = NIL;
	ListCell   *lc;

	drs_citus_check();
	result = drs_resultset_open(fcinfo);
	SPI_connect();
	foreach(lc, drs_citus_nodes())
		commands = lappend(commands, drs_citus_command(lfirst(lc), COLLECT));
	drs_citus_run(commands);
	foreach(lc, commands)
		put_node(result, lfirst(lc));
	SPI_finish();
	return (Datum) 0;
}

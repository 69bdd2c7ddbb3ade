/*
 * tableoptions.c
 *		The options of a scored table and of its columns, as DDL has set them.
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "config/endpoint.h"
#include "scored/tableoptions.h"

void
drs_tableoptions_refuse_server(List *defelems)
{
	ListCell   *lc;

	foreach(lc, defelems)
		if (strcmp(lfirst_node(DefElem, lc)->defname, "server") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"server\" is not an option of a foreign table"),
					 errhint("The clause SERVER names the server.")));
}

/* The reader must not choose what a query with the rights of the table's owner finds. */
static void
check_schemas(const char *path, bool security_invoker)
{
	List	   *names;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(path), ',', &names))
		drs_option_refuse("search_path", path, OPTION_TABLE, "It must be a list of schemas.",
						  NULL);
	if (security_invoker)
		return;
	foreach(lc, names)
		if (strcmp(lfirst(lc), "$user") == 0 || strcmp(lfirst(lc), "pg_temp") == 0)
			drs_option_refuse("search_path", path, OPTION_TABLE,
							  psprintf("\"%s\" is a schema of whoever reads the table.",
									   (char *) lfirst(lc)), NULL);
}

/* A scan sends few rows at first and adds conditions to the query: it must know the series. */
static void
check_series(const Options *values)
{
	const char *given = drs_options_forecast_parameter(values);

	if (drs_options_name_series(values))
		drs_options_require_stop(values);
	else if (given)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\" needs the option \"time_column\" or \"series_columns\"",
						given),
				 errdetail("Without them, the rows of a series could be divided between requests"
						   " or left out by a condition.")));
}

Jsonb *
drs_tableoptions_read(List *defelems, Options *values)
{
	Jsonb	   *json;

	drs_tableoptions_refuse_server(defelems);
	json = drs_options_list_as_jsonb(defelems, OPTION_TABLE);
	drs_options_init(values);
	drs_options_add_jsonb(values, json, OPTION_TABLE);
	drs_options_check_method(values, json, OPTION_TABLE);
	drs_endpoint_check_options(values, OPTION_TABLE);
	if (values->write.on_error == ON_ERROR_REJECT)
		drs_option_refuse("on_error", "reject", OPTION_TABLE,
						  "A scored table does not record rejected rows.",
						  "Use \"null\" and a column \"error\", or score_into, which records"
						  " them.");
	check_series(values);
	if (values->table.search_path)
		check_schemas(values->table.search_path, values->table.security_invoker);
	if (values->table.query == NULL)
		drs_option_refuse_missing("query", OPTION_TABLE);
	return json;
}

void
drs_tableoptions_check_column(List *defelems)
{
	Options		scratch;

	drs_options_init(&scratch);
	drs_options_add_list(&scratch, defelems, OPTION_COLUMN);
	if (scratch.table.output && scratch.table.source)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("options \"output\" and \"source\" exclude each other")));
}

/*
 * scoredtable.c
 *		What the catalogs say of a scored table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/syscache.h"

#include "base/names.h"
#include "scored/scoredtable.h"
#include "scored/tableoptions.h"

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Do the options name time series? */
static bool
names_series(const Options *values)
{
	return values->call.series_columns != NIL || values->call.time_column != NULL ||
		values->parameters.forecast_point != NULL ||
		values->parameters.predictions_start_date != NULL ||
		values->parameters.predictions_end_date != NULL;
}

ScoredTable *
drs_scored_table(Oid relid)
{
	ForeignTable *foreign = GetForeignTable(relid);
	ScoredTable *table = palloc0(sizeof(ScoredTable));

	table->relid = relid;
	table->owner = owner_of(relid);
	table->serverid = foreign->serverid;
	table->options = drs_tableoptions_read(foreign->options, &table->values);
	table->is_series = names_series(&table->values);
	return table;
}

/* The column option "output", or NULL. */
static const char *
output_option(Oid relid, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, GetForeignColumnOptions(relid, attno))
	{
		DefElem    *elem = lfirst_node(DefElem, lc);

		if (strcmp(elem->defname, "output") == 0)
			return defGetString(elem);
	}
	return NULL;
}

/* The query's column of that name, or -1.  Raises when it has several. */
static int
find_source(TupleDesc source, const char *name)
{
	int			found = drs_names_column(source, name);

	for (int i = found + 1; found >= 0 && i < source->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(source, i)->attname), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the query has several columns named \"%s\"", name),
					 errhint("Give them different names in the query, with AS.")));
	}
	return found;
}

ScoredColumn *
drs_scored_columns(const ScoredTable *table, TupleDesc desc, TupleDesc source)
{
	ScoredColumn *columns = palloc0(desc->natts * sizeof(ScoredColumn));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		ScoredColumn *column = &columns[i];
		const char *output;

		column->attno = att->attnum;
		column->source = -1;
		if (att->attisdropped || att->attgenerated != '\0')
			continue;
		output = output_option(table->relid, att->attnum);
		column->output = output ? output : pstrdup(NameStr(att->attname));
		if (output == NULL)
			column->source = find_source(source, column->output);
	}
	return columns;
}

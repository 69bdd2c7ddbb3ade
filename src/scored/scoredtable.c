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
#include "decode/predictionfield.h"
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

/* Raise when a name is that of several columns of the query, or also of a part of predictions. */
static void
refuse_ambiguous(TupleDesc source, int column)
{
	const char *name = NameStr(TupleDescAttr(source, column)->attname);
	ShapeSource part;

	for (int i = column + 1; i < source->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(source, i)->attname), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the query has several columns named \"%s\"", name),
					 errhint("Give them different names in the query, with AS.")));
	}
	if (drs_prediction_field_named(name, &part))
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("column \"%s\" could be a part of the prediction or a column of the query",
						name),
				 errhint("Give the column of the query another name, with AS; or set the column"
						 " option \"output\" to \"%s\" for the part of the prediction.", name)));
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
			column->source = drs_names_column(source, column->output);
		if (column->source >= 0)
			refuse_ambiguous(source, column->source);
	}
	return columns;
}

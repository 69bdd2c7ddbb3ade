/*
 * scoredtable.c
 *		What the catalogs say of a scored table.
 */
#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "foreign/foreign.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/names.h"
#include "decode/predictionfield.h"
#include "scored/scoredtable.h"
#include "scored/tableoptions.h"

ScoredTable *
drs_scored_table(Relation relation)
{
	ForeignTable *foreign = GetForeignTable(RelationGetRelid(relation));
	ScoredTable *table = palloc0(sizeof(ScoredTable));

	table->relid = RelationGetRelid(relation);
	table->owner = relation->rd_rel->relowner;
	table->serverid = foreign->serverid;
	table->options = drs_tableoptions_read(foreign->options, &table->values);
	table->is_series = drs_options_name_series(&table->values);
	return table;
}

Options
drs_scored_options(const ScoredTable *table)
{
	Options		options;

	drs_options_init(&options);
	drs_options_add_list(&options, GetForeignServer(table->serverid)->options, OPTION_SERVER);
	drs_options_add_jsonb(&options, table->options, OPTION_TABLE);
	return options;
}

/* The options of a column, as strings of TableOptions. */
static TableOptions
column_options(Oid relid, AttrNumber attno)
{
	Options		options;

	drs_options_init(&options);
	drs_options_add_list(&options, GetForeignColumnOptions(relid, attno), OPTION_COLUMN);
	return options.table;
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

/*
 * The column of the query that a column without options stands for, or -1.
 * Raises when it could be a part of the prediction as well.
 */
static int
find_by_name(TupleDesc source, const char *name)
{
	int			found = find_source(source, name);
	ShapeSource part;

	if (found >= 0 && drs_prediction_field_named(name, &part))
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("column \"%s\" could be a part of the prediction or a column of the query",
						name),
				 errhint("Give it the column option \"output\" or \"source\" to say which.")));
	return found;
}

/* The column of the query that the option "source" names. */
static int
find_named(TupleDesc source, const char *name)
{
	int			found = find_source(source, name);

	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\"", name)));
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
		TableOptions options;

		column->source = -1;
		if (att->attisdropped || drs_is_virtual(att))
			continue;
		options = column_options(table->relid, att->attnum);
		column->output = options.output ? options.output :
			options.source ? options.source : pstrdup(NameStr(att->attname));
		if (options.source)
			column->source = find_named(source, options.source);
		else if (options.output == NULL)
			column->source = find_by_name(source, column->output);
	}
	return columns;
}

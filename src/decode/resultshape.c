/*
 * resultshape.c
 *		Matches the columns of a result by name to their sources.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/names.h"
#include "decode/explanation.h"
#include "decode/resultshape.h"

static bool
find_part(const char *name, bool keys_as_json, ShapeSource *source)
{
	if (drs_prediction_field_named(name, source))
		return true;
	if (keys_as_json && strcmp(name, "key") == 0)
		*source = FROM_KEYS;
	else if (keys_as_json && strcmp(name, "passthrough") == 0)
		*source = FROM_PASSTHROUGH;
	else
		return false;
	return true;
}

static void
set_type(ShapeColumn *column, Oid type, int32 typmod)
{
	Oid			input;

	column->type = type;
	column->typmod = typmod;
	getTypeInputInfo(type, &input, &column->ioparam);
	fmgr_info(input, &column->input);
	get_typlenbyval(type, &column->typlen, &column->typbyval);
	column->is_array = OidIsValid(get_element_type(type));
}

/*
 * Explanations become rows in an array of datarobot.explanation, or of a type
 * with the same columns, and JSON in any other type.
 */
static void
set_explanations(ShapeColumn *column)
{
	Oid			element = get_element_type(column->type);
	TupleDesc	desc;

	if (!OidIsValid(element))
		return;
	desc = type_is_rowtype(element) && element != RECORDOID ?
		lookup_rowtype_tupdesc_copy(element, -1) : NULL;
	if (desc == NULL || !drs_explanation_is_row(desc))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("result column \"%s\" cannot be of type %s", column->name,
						format_type_be(column->type)),
				 errhint("It takes datarobot.explanation[], jsonb or text.")));
	column->row_desc = desc;
}

static void
set_source(ShapeColumn *column, ShapeSource source)
{
	column->source = source;
	column->role = drs_prediction_role(source);
	column->is_time = getBaseType(column->type) == TIMESTAMPTZOID &&
		(source == FROM_HEADER || drs_prediction_content(column->role) == CONTENT_TIME);
	if (source == FROM_EXPLANATIONS)
		set_explanations(column);
}

/* A kept column is copied when the types agree, otherwise converted through its text. */
static void
set_kept(ShapeColumn *column, const Columns *columns, int kept)
{
	Form_pg_attribute source = TupleDescAttr(columns->desc, columns->kept[kept]);

	set_source(column, FROM_KEPT);
	column->kept = kept;
	column->copies = source->atttypid == column->type &&
		(column->typmod == -1 || column->typmod == source->atttypmod);
	if (!column->copies)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(source->atttypid, &output, &is_varlena);
		fmgr_info(output, &column->output);
	}
}

static void
match_by_name(ShapeColumn *column, const Columns *columns, bool keys_as_json)
{
	ShapeSource source = FROM_HEADER;
	bool		is_part = find_part(column->name, keys_as_json, &source);
	int			kept = keys_as_json ? -1 :
		drs_names_column_among(columns->desc, columns->kept, columns->nkept, column->name);

	if (is_part && kept >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("result column \"%s\" could be a part of the prediction or a column of "
						"the query", column->name),
				 errhint("Give the column of the query another name.")));
	if (kept >= 0)
		set_kept(column, columns, kept);
	else
		set_source(column, source);
}

/* A shape with the names and types of desc, whose columns have no source yet. */
static Shape *
shape_of_desc(TupleDesc desc)
{
	Shape	   *shape = drs_shape_create(desc->natts);

	shape->ncolumns = desc->natts;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		ShapeColumn *column = &shape->columns[i];

		if (attribute->attisdropped)
			continue;			/* no name: stays NULL */
		column->name = pstrdup(NameStr(attribute->attname));
		set_type(column, attribute->atttypid, attribute->atttypmod);
	}
	return shape;
}

Shape *
drs_shape_of_rows(TupleDesc desc, const Columns *columns, bool keys_as_json)
{
	Shape	   *shape = shape_of_desc(desc);

	for (int i = 0; i < shape->ncolumns; i++)
		if (shape->columns[i].name)
			match_by_name(&shape->columns[i], columns, keys_as_json);
	return shape;
}

static void
match_kept(ShapeColumn *column, const Columns *columns, int source)
{
	for (int i = 0; i < columns->nkept; i++)
		if (columns->kept[i] == source)
		{
			set_kept(column, columns, i);
			return;
		}
	elog(ERROR, "column \"%s\" is not kept", column->name);
}

Shape *
drs_shape_of_outputs(TupleDesc desc, const Columns *columns, const int *sources)
{
	Shape	   *shape = shape_of_desc(desc);

	shape->of_table = true;
	for (int i = 0; i < shape->ncolumns; i++)
	{
		ShapeSource source = FROM_HEADER;

		if (sources[i] >= 0)
			match_kept(&shape->columns[i], columns, sources[i]);
		else
		{
			(void) find_part(shape->columns[i].name, false, &source);
			set_source(&shape->columns[i], source);
		}
	}
	return shape;
}

Shape *
drs_shape_create(int max)
{
	Shape	   *shape = palloc0(sizeof(Shape));

	shape->columns = palloc0(sizeof(ShapeColumn) * Max(max, 1));
	return shape;
}

int
drs_shape_add(Shape *shape, const char *name, ShapeSource source, Oid type, int32 typmod)
{
	ShapeColumn *column = &shape->columns[shape->ncolumns];

	column->name = name;
	set_type(column, type, typmod);
	set_source(column, source);
	return shape->ncolumns++;
}

int
drs_shape_add_kept(Shape *shape, const Columns *columns, int kept)
{
	Form_pg_attribute source = TupleDescAttr(columns->desc, columns->kept[kept]);
	int			index = drs_shape_add(shape, NameStr(source->attname), FROM_KEPT,
									  source->atttypid, source->atttypmod);

	set_kept(&shape->columns[index], columns, kept);
	return index;
}

Shape *
drs_shape_of_value(ShapeSource source, Oid type)
{
	Shape	   *shape = drs_shape_create(1);

	drs_shape_add(shape, "prediction", source, type, -1);
	return shape;
}

TupleDesc
drs_kept_desc(const Columns *columns, int first, int count)
{
	TupleDesc	desc;

	if (count == 0)
		return NULL;
	desc = CreateTemplateTupleDesc(count);
	for (int i = 0; i < count; i++)
		TupleDescCopyEntry(desc, i + 1, columns->desc, columns->kept[first + i] + 1);
	TupleDescFinalize(desc);
	return BlessTupleDesc(desc);
}

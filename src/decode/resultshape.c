/*
 * resultshape.c
 *		Matches the columns of a result row by name.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/names.h"
#include "decode/explanation.h"
#include "decode/resultshape.h"

static const struct
{
	const char *name;
	ShapeSource source;
}			canonical_names[] =
{
	{"row_number", FROM_ROW_NUMBER},
	{"prediction", FROM_PREDICTION},
	{"probability", FROM_PROBABILITY},
	{"probabilities", FROM_PROBABILITIES},
	{"threshold", FROM_THRESHOLD},
	{"positive_class", FROM_POSITIVE_CLASS},
	{"labels", FROM_LABELS},
	{"adjusted_prediction", FROM_ADJUSTED},
	{"explanations", FROM_EXPLANATIONS},
	{"ngrams", FROM_NGRAMS},
	{"shap", FROM_SHAP},
	{"series_id", FROM_SERIES},
	{"forecast_point", FROM_FORECAST_POINT},
	{"forecast_timestamp", FROM_FORECAST_TIMESTAMP},
	{"forecast_distance", FROM_FORECAST_DISTANCE},
	{"interval_low", FROM_INTERVAL_LOW},
	{"interval_high", FROM_INTERVAL_HIGH},
	{"warning", FROM_WARNING},
	{"humility", FROM_HUMILITY},
	{"approval_status", FROM_APPROVAL},
	{"extra", FROM_EXTRA},
	{"error", FROM_ERROR},
	{"model_id", FROM_MODEL_ID},
	{"request_id", FROM_REQUEST_ID},
};

bool
drs_shape_canonical(const char *name, ShapeSource *source)
{
	for (size_t i = 0; i < lengthof(canonical_names); i++)
		if (strcmp(canonical_names[i].name, name) == 0)
		{
			*source = canonical_names[i].source;
			return true;
		}
	return false;
}

char *
drs_shape_canonical_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (size_t i = 0; i < lengthof(canonical_names); i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", canonical_names[i].name);
	return names.data;
}

static bool
find_canonical(const char *name, bool keys_as_json, ShapeSource *source)
{
	if (drs_shape_canonical(name, source))
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
	column->is_zoned = getBaseType(type) == TIMESTAMPTZOID;
}

/*
 * Explanations go as rows into an array of datarobot.explanation, or of a
 * type with the same columns, and as JSON into everything that takes text.
 */
static void
set_explanations(ShapeColumn *column)
{
	Oid			element = get_element_type(column->type);
	TupleDesc	desc;

	if (!OidIsValid(element))
		return;
	desc = type_is_rowtype(element) && element != RECORDOID ? lookup_rowtype_tupdesc_copy(element, -1) : NULL;
	if (desc == NULL || !drs_explanation_is_row(desc))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("result column \"%s\" cannot be of type %s", column->name, format_type_be(column->type)),
				 errhint("It takes datarobot.explanation[], jsonb or text.")));
	column->row_desc = desc;
}

/* A kept column goes over as it is when the types agree, else through its text. */
static void
set_kept(ShapeColumn *column, const Columns *columns, int kept)
{
	Form_pg_attribute source = TupleDescAttr(columns->desc, columns->kept[kept]);

	column->source = FROM_KEPT;
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
	bool		canonical = find_canonical(column->name, keys_as_json, &column->source);
	int			kept = keys_as_json ? -1 : drs_names_column_among(columns->desc, columns->kept, columns->nkept, column->name);

	if (canonical && kept >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("result column \"%s\" could be a part of the prediction or a column of the query", column->name),
				 errhint("Give the column of the query another name.")));
	if (canonical && column->source == FROM_EXPLANATIONS)
		set_explanations(column);
	if (canonical)
		return;
	if (kept >= 0)
	{
		set_kept(column, columns, kept);
		return;
	}
	column->source = FROM_HEADER;
}

Shape *
drs_shape_of_rows(TupleDesc desc, const Columns *columns, bool keys_as_json)
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
		match_by_name(column, columns, keys_as_json);
	}
	return shape;
}

Shape *
drs_shape_create(int max)
{
	Shape	   *shape = palloc(sizeof(Shape));

	shape->ncolumns = 0;
	shape->columns = palloc0(sizeof(ShapeColumn) * Max(max, 1));
	return shape;
}

int
drs_shape_add(Shape *shape, const char *name, ShapeSource source, Oid type, int32 typmod)
{
	ShapeColumn *column = &shape->columns[shape->ncolumns];

	column->name = name;
	column->source = source;
	set_type(column, type, typmod);
	if (source == FROM_EXPLANATIONS)
		set_explanations(column);
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

/*
 * targetoutput.c
 *		Matches what a scoring run can write with what its target takes.
 *
 * Outputs are the kept columns of the query, the fields of a prediction, a few values
 * that are the same for all rows of a run, and the columns of the answers by their
 * own names.  All are matched by name, which column_names_remapping may change.
 */
#include "postgres.h"

#include "catalog/heap.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/names.h"
#include "base/renaming.h"
#include "base/sqlname.h"
#include "into/targetoutput.h"

typedef struct OutputMatcher
{
	const Target *target;
	const Columns *columns;
	const Options *options;
	const StatementTraits *traits;
	const char *deployment;
	bool		creating;
	Output	   *output;
} OutputMatcher;

static void check_lists(const Options *options);
static void add_kept(OutputMatcher *matcher);
static void add_parts(OutputMatcher *matcher);
static void add_error(OutputMatcher *matcher);
static void add_extra(OutputMatcher *matcher);
static void add_of_reply(OutputMatcher *matcher);
static void arrange_created(OutputMatcher *matcher);
static void choose_where(OutputMatcher *matcher);
static void choose_set(OutputMatcher *matcher);
static void add_hidden(OutputMatcher *matcher);
static void check_prediction(const OutputMatcher *matcher);
static TupleDesc gathered_desc(const OutputMatcher *matcher);

Output *
drs_output_match(const Target *target, const Columns *columns, const Options *options,
				 const char *deployment)
{
	OutputMatcher matcher = {
		.target = target, .columns = columns, .options = options,
		.traits = drs_statement_traits(options->write.statement_type),
		.deployment = deployment, .creating = !OidIsValid(target->oid)
	};
	Output	   *output = palloc0(sizeof(Output));
	int			max = columns->nkept + PREDICTION_FIELDS + target->ncolumns +
		list_length(options->write.output_columns) + list_length(options->write.update_columns) +
		8;

	matcher.output = output;
	check_lists(options);
	output->columns = palloc0(sizeof(OutputColumn) * max);
	output->shape = drs_shape_create(max + 2);
	output->nkeys = columns->nkeys;
	output->error = -1;
	output->positive_class = -1;
	output->record = -1;
	add_kept(&matcher);
	add_parts(&matcher);
	add_error(&matcher);
	add_extra(&matcher);
	add_of_reply(&matcher);
	if (matcher.creating)
		arrange_created(&matcher);
	choose_where(&matcher);
	choose_set(&matcher);
	check_prediction(&matcher);
	add_hidden(&matcher);
	output->desc = gathered_desc(&matcher);
	return output;
}

/* Check the lists of names by themselves. */
static void
check_lists(const Options *options)
{
	static const char *const extra[] = {"scored_at", "model_id", "deployment_id", "job_run"};
	const StatementTraits *traits = drs_statement_traits(options->write.statement_type);
	ListCell   *lc;

	foreach(lc, options->write.extra_columns)
	{
		ClosestName closest;
		bool		known = false;

		drs_closest_init(&closest, lfirst(lc));
		for (size_t i = 0; i < lengthof(extra); i++)
		{
			known |= strcmp(extra[i], lfirst(lc)) == 0;
			drs_closest_try(&closest, extra[i]);
		}
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no extra column \"%s\"", (char *) lfirst(lc)),
					 closest.found ? errhint("Perhaps you meant \"%s\".", closest.found)
					 :
					 errhint("Extra columns are scored_at, model_id, deployment_id and"
							 " job_run.")));
	}
	foreach(lc, options->write.output_columns)
		for (int i = 0; i < foreach_current_index(lc); i++)
			if (strcmp(list_nth(options->write.output_columns, i), lfirst(lc)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("\"output_columns\" names column \"%s\" twice",
								(char *) lfirst(lc))));
	if (options->write.create_table_if_not_exists && (!traits->inserts || traits->creates))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"create_table_if_not_exists\" is for the statement types insert and"
						" upsert")));
}

/* Does the call name this output, by its name before or after remapping as the list has it? */
static bool
is_asked_for(const OutputMatcher *matcher, const char *name, const char *renamed)
{
	const Options *options = matcher->options;

	return drs_names_have(options->write.output_columns, name) ||
		drs_names_have(options->write.extra_columns, name) ||
		drs_names_have(options->write.update_columns, renamed) ||
		drs_names_have(options->write.where_columns, renamed);
}

pg_attribute_cold static void
refuse_missing(const OutputMatcher *matcher, const char *name, const char *renamed, bool kept)
{
	ClosestName closest;

	drs_closest_init(&closest, renamed);
	for (int i = 0; i < matcher->target->ncolumns; i++)
		drs_closest_try(&closest, matcher->target->columns[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s has no column \"%s\"", matcher->target->name, renamed),
			 kept ? errdetail("Key and passthrough columns are part of the output.") : 0,
			 kept ?
			 errhint("Add the column, or drop it from the output by column_names_remapping:"
					 " {\"%s\": null}.", name)
			 : closest.found ? errhint("Perhaps you meant the column \"%s\".", closest.found) :
			 0));
}

pg_attribute_cold static void
refuse_generated(const OutputMatcher *matcher, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_GENERATED_ALWAYS),
			 errmsg("column \"%s\" of %s is generated and cannot be written", column,
					matcher->target->name)));
}

/*
 * Is an output written to the target?  If it must be, because the call names it or
 * since rows are inserted, the column has to exist and be writable; else it is left
 * out.
 */
static bool
is_written(const OutputMatcher *matcher, const char *name, const char *renamed, bool kept)
{
	const Options *options = matcher->options;
	const TargetColumn *column;
	bool		inserts = matcher->traits->inserts;

	if (renamed == NULL)
		return false;
	if (options->write.output_columns && !is_asked_for(matcher, name, renamed))
		return false;
	if (matcher->creating)
		return true;
	column = drs_target_column(matcher->target, renamed);
	if (column && column->writable)
		return true;
	if (column && kept && inserts)
		refuse_generated(matcher, renamed);	/* the rows could not be told apart */
	if (column == NULL &&
		(is_asked_for(matcher, name, renamed) || strcmp(name, renamed) != 0 || (kept && inserts)))
		refuse_missing(matcher, name, renamed, kept);
	if (column && is_asked_for(matcher, name, renamed))
		refuse_generated(matcher, renamed);
	return false;
}

/* A valid name for a column of a table to be created: servers may answer with any. */
static const char *
legal_name(const char *name)
{
	char	   *legal = palloc(NAMEDATALEN + 1);
	int			len = pg_mbcliplen(name, (int) strlen(name), NAMEDATALEN - 1);

	memcpy(legal, name, len);
	legal[len] = '\0';
	if (SystemAttributeByName(legal))
		strlcpy(legal + pg_mbcliplen(legal, len, NAMEDATALEN - 2), "_", 2);
	return legal;
}

/* Can an update find rows by this column, though it cannot set it, as with an identity? */
static bool
may_match(const OutputMatcher *matcher, const char *renamed)
{
	const TargetColumn *column = renamed ? drs_target_column(matcher->target, renamed) : NULL;

	return !matcher->traits->inserts && column && !column->writable;
}

static OutputColumn *
add_column(OutputMatcher *matcher, const char *name, const char *renamed, int field)
{
	Output	   *output = matcher->output;
	OutputColumn *column = &output->columns[output->ncolumns];

	if (matcher->creating)
		renamed = legal_name(renamed);

	for (int i = 0; i < output->ncolumns; i++)
		if (strcmp(output->columns[i].target, renamed) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("two output columns have the name \"%s\"", renamed),
					 errdetail("They are \"%s\" and \"%s\".", output->columns[i].name, name),
					 errhint("Rename or drop one of them by column_names_remapping.")));
	column->name = name;
	column->target = renamed;
	column->field = field;
	column->presence = COLUMN_CERTAIN;
	output->ncolumns++;
	return column;
}

/* The keys are gathered in any case: they show where a slice ends. */
static void
add_kept(OutputMatcher *matcher)
{
	const Columns *columns = matcher->columns;

	for (int i = 0; i < columns->nkept; i++)
	{
		Form_pg_attribute source = TupleDescAttr(columns->desc, columns->kept[i]);
		const char *name = NameStr(source->attname);
		const char *renamed = drs_renaming_apply(matcher->options->write.column_names_remapping,
												 name);
		bool		matched = may_match(matcher, renamed);
		bool		written = !matched && is_written(matcher, name, renamed, true);
		int			field = -1;
		OutputColumn *column;

		if (drs_columns_is_key_again(columns, i))
			continue;
		if (matched || written || i < columns->nkeys)
			field = drs_shape_add_kept(matcher->output->shape, columns, i);
		if (!matched && !written)
			continue;
		column = add_column(matcher, name, renamed, field);
		column->type = drs_sql_column_type(source);
		column->presence = matched ? COLUMN_MATCHED : COLUMN_CERTAIN;
		if (i < columns->nkeys)
			matcher->output->keys = lappend(matcher->output->keys,
											 unconstify(char *, column->target));
	}
}

/*
 * A part of a prediction, decoded to the type of its column right away.  In a table
 * to be created, where its column will be of that type, it is kept as text first,
 * except for lists, which are no text, and times, whose cast would depend on the
 * session's time zone.
 */
static int
add_field(OutputMatcher *matcher, const char *name, ShapeSource source, const char *renamed,
		  Oid made)
{
	const TargetColumn *column = drs_target_column(matcher->target, renamed);
	bool		is_text = made != TEXTARRAYOID && made != TIMESTAMPTZOID;

	if (column)
		return drs_shape_add(matcher->output->shape, name, source, column->type, column->typmod);
	return drs_shape_add(matcher->output->shape, name, source, is_text ? TEXTOID : made, -1);
}

bool
drs_output_is_created(const OutputColumn *column)
{
	return column->presence == COLUMN_CREATED || column->presence == COLUMN_CREATED_UNLESS_BINARY;
}

/* Of a part of a prediction; certain parts are in every answer, or must be. */
static void
set_presence(OutputMatcher *matcher, OutputColumn *column, bool certain)
{
	bool		tentative = !matcher->creating && !certain;

	column->presence = matcher->creating ? COLUMN_CREATED :
		tentative ? COLUMN_TENTATIVE : COLUMN_CERTAIN;
	matcher->output->shape->columns[column->field].optional = tentative;
}

/* Is the field part of what is predicted? */
static bool
is_predicted(const PredictionField *field)
{
	return field->origin == OF_EVERY_REPLY || field->origin == OF_SOME_REPLIES;
}

/* Does every answer have the field or, if it is not theirs, none? */
static bool
is_certain(const PredictionField *field)
{
	return field->origin == OF_ROW || field->origin == OF_EVERY_REPLY;
}

static OutputColumn *
add_part(OutputMatcher *matcher, ShapeSource source, const char *renamed)
{
	const PredictionField *field = drs_prediction_field(source);
	int			index = add_field(matcher, field->name, source, renamed, field->created);
	OutputColumn *column = add_column(matcher, field->name, renamed, index);

	column->type = drs_sql_type(field->created);
	column->asked = is_asked_for(matcher, field->name, renamed);
	set_presence(matcher, column, column->asked || is_certain(field));
	column->prediction = is_predicted(field);
	return column;
}

/* In a created table without output_columns: what is predicted, if answers have it. */
static void
add_parts(OutputMatcher *matcher)
{
	for (int source = 0; source < PREDICTION_FIELDS; source++)
	{
		const PredictionField *field = drs_prediction_field(source);
		const char *renamed = drs_renaming_apply(matcher->options->write.column_names_remapping,
												 field->name);
		const OutputColumn *column;

		if (source == FROM_ERROR)
			continue;			/* after all others */
		if (matcher->creating && !is_predicted(field) && renamed &&
			!is_asked_for(matcher, field->name, renamed))
			continue;
		if (!is_written(matcher, field->name, renamed, false))
			continue;
		column = add_part(matcher, source, renamed);
		if (source == FROM_POSITIVE_CLASS)
			matcher->output->positive_class = column->field;
	}
}

/*
 * Without on_error null, rows that are written have no error: the column is the
 * user's own unless it is asked for.
 */
static void
add_error(OutputMatcher *matcher)
{
	const Options *options = matcher->options;
	const char *name = drs_prediction_field(FROM_ERROR)->name;
	const char *renamed = drs_renaming_apply(options->write.column_names_remapping, name);
	bool		asked = renamed && is_asked_for(matcher, name, renamed);

	if (matcher->creating && renamed && !asked)
		return;
	if (!is_written(matcher, name, renamed, false) ||
		(options->write.on_error != ON_ERROR_NULL && !asked))
		return;
	matcher->output->error = add_part(matcher, FROM_ERROR, renamed)->field;
}

/* What is the same for all rows of a run: $1 is the run's id. */
static void
add_extra(OutputMatcher *matcher)
{
	const struct
	{
		const char *name;
		const char *expression;
		const char *type;
	}			extra[] =
	{
		{"scored_at", "pg_catalog.now()", "timestamp with time zone"},
		{"deployment_id", quote_literal_cstr(matcher->deployment), "pg_catalog.text"},
		{"job_run", "$1", "bigint"},
	};

	for (size_t i = 0; i < lengthof(extra); i++)
	{
		const char *renamed = drs_renaming_apply(matcher->options->write.column_names_remapping,
												 extra[i].name);
		OutputColumn *column;

		if (renamed && matcher->creating && !is_asked_for(matcher, extra[i].name, renamed))
			continue;
		if (!is_written(matcher, extra[i].name, renamed, false))
			continue;
		column = add_column(matcher, extra[i].name, renamed, -1);
		column->expression = extra[i].expression;
		column->type = extra[i].type;
	}
}

static const OutputColumn *
find_by_target(const OutputMatcher *matcher, const char *target)
{
	for (int i = 0; i < matcher->output->ncolumns; i++)
		if (strcmp(matcher->output->columns[i].target, target) == 0)
			return &matcher->output->columns[i];
	return NULL;
}

static const OutputColumn *
find_by_name(const OutputMatcher *matcher, const char *name)
{
	for (int i = 0; i < matcher->output->ncolumns; i++)
		if (strcmp(matcher->output->columns[i].name, name) == 0)
			return &matcher->output->columns[i];
	return NULL;
}

static void
add_header_column(OutputMatcher *matcher, const char *name, const char *renamed, bool asked)
{
	int			field = add_field(matcher, name, FROM_HEADER, renamed, TEXTOID);
	OutputColumn *column = add_column(matcher, name, renamed, field);

	set_presence(matcher, column, asked);
	column->type = "pg_catalog.text";
	column->prediction = true;
}

/*
 * Columns of the answers: those asked for, and those with the names of other columns
 * of the target.
 */
static void
add_of_reply(OutputMatcher *matcher)
{
	const Options *options = matcher->options;
	ListCell   *lc;

	foreach(lc, options->write.output_columns)
	{
		const char *name = lfirst(lc);
		const char *renamed = drs_renaming_apply(options->write.column_names_remapping, name);

		if (renamed && find_by_name(matcher, name) == NULL &&
			is_written(matcher, name, renamed, false))
			add_header_column(matcher, name, renamed, true);
	}
	for (int i = 0; i < matcher->target->ncolumns; i++)
	{
		const TargetColumn *column = &matcher->target->columns[i];
		const char *name = drs_renaming_origin(options->write.column_names_remapping,
											   column->name);
		const char *renamed = drs_renaming_apply(options->write.column_names_remapping, name);
		bool		asked = drs_names_have(options->write.update_columns, column->name) ||
			name != column->name;
		ShapeSource source;

		if (drs_prediction_field_named(name, &source) || !column->writable || renamed == NULL ||
			strcmp(renamed, column->name) != 0 ||
			find_by_target(matcher, column->name) || (options->write.output_columns && !asked))
			continue;
		add_header_column(matcher, name, column->name, asked);
	}
}

/*
 * A table to be created: extra columns come last, in the order they were asked for,
 * and the two classes of a binary answer need no object of their own.
 */
static void
arrange_created(OutputMatcher *matcher)
{
	Output	   *output = matcher->output;
	OutputColumn *probabilities = unconstify(OutputColumn *,
											 find_by_name(matcher, "probabilities"));
	ListCell   *lc;

	if (output->positive_class >= 0 && probabilities &&
		matcher->options->write.output_columns == NIL)
		probabilities->presence = COLUMN_CREATED_UNLESS_BINARY;
	foreach(lc, matcher->options->write.extra_columns)
	{
		const OutputColumn *found = find_by_name(matcher, lfirst(lc));
		OutputColumn column;
		int			index;

		if (found == NULL)
			continue;
		column = *found;
		index = (int) (found - output->columns);
		memmove(&output->columns[index], &output->columns[index + 1],
				sizeof(OutputColumn) * (output->ncolumns - index - 1));
		output->columns[output->ncolumns - 1] = column;
	}
}

/* The output columns of these target columns, as a list; option is where they are named. */
static List *
columns_named(const OutputMatcher *matcher, List *targets, const char *option)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, targets)
	{
		const OutputColumn *column = find_by_target(matcher, lfirst(lc));

		if (column == NULL && !matcher->creating &&
			drs_target_column(matcher->target, lfirst(lc)) == NULL)
			refuse_missing(matcher, lfirst(lc), lfirst(lc), false);
		if (column == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("\"%s\" names column \"%s\", which is not an output column", option,
							(char *) lfirst(lc)),
					 errhint("Columns of the query become output columns as key or passthrough"
							 " columns.")));
		if (list_member_ptr(found, column))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("\"%s\" names column \"%s\" twice", option, (char *) lfirst(lc))));
		found = lappend(found, unconstify(OutputColumn *, column));
	}
	return found;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static Oid
kept_collation(const OutputMatcher *matcher, int kept)
{
	return TupleDescAttr(matcher->columns->desc, matcher->columns->kept[kept])->attcollation;
}

/*
 * Can a column store all values of the query's type?  Types and modifiers are those
 * below domains: a domain over timestamp(0) rounds as that does.
 */
static bool
holds_all(const TargetColumn *column, const ShapeColumn *field)
{
	int32		from_modifier = field->typmod;
	int32		to_modifier = column->typmod;
	Oid			from = getBaseTypeAndTypmod(field->type, &from_modifier);
	Oid			to = getBaseTypeAndTypmod(column->type, &to_modifier);

	if (from == to)
		return to_modifier == -1 || to_modifier == from_modifier;
	if (is_integer(from))
		return is_integer(to) || (to == NUMERICOID && to_modifier == -1);
	return is_text(from) && is_text(to) && to_modifier == -1;
}

static void
check_where_order(const OutputColumn *where, Oid type)
{
	if (!drs_sql_is_ordered(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("column \"%s\" cannot be a where column", where->target),
				 errdetail("Its type %s has no default btree order.", format_type_be(type))));
}

/*
 * Values that differ in the query must still differ in the target: else rows of
 * several slices would overwrite each other unnoticed.
 */
static void
check_where_type(const OutputMatcher *matcher, const OutputColumn *where)
{
	const ShapeColumn *field = &matcher->output->shape->columns[where->field];
	const TargetColumn *column = drs_target_column(matcher->target, where->target);

	check_where_order(where, column ? column->type : field->type);
	if (column == NULL)
		return;					/* to be created with the query's type */
	if (OidIsValid(column->collation) && !get_collation_isdeterministic(column->collation) &&
		column->collation != kept_collation(matcher, field->kept))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("where column \"%s\" has another collation in the query than in %s",
						where->target, matcher->target->name),
				 errdetail("Texts that are different in the one could be the same in the"
						   " other.")));
	if (holds_all(column, field))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("where column \"%s\" is of type %s in the query and of type %s in %s",
					where->target, format_type_with_typemod(field->type, field->typmod),
					format_type_with_typemod(column->type, column->typmod),
					matcher->target->name),
			 errdetail("Values that are different in the one could be the same in the other."),
			 errhint("Cast the column in the query.")));
}

static void
choose_where(OutputMatcher *matcher)
{
	const Options *options = matcher->options;
	bool		matches = matcher->traits->matches;
	List	   *names = options->write.where_columns ? options->write.where_columns :
		matcher->output->keys;
	ListCell   *lc;

	if (!matches && (options->write.where_columns || options->write.update_columns))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is for the statement types update and upsert",
						options->write.where_columns ? "where_columns" : "update_columns")));
	if (!matches)
		return;
	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("there is no column to find rows of the target by"),
				 options->call.key_columns ?
				 errdetail("The key columns are not among the output columns.") :
				 errhint("Name key_columns, or where_columns.")));
	matcher->output->where = columns_named(matcher, names, "where_columns");
	foreach(lc, matcher->output->where)
	{
		const OutputColumn *column = lfirst(lc);

		if (column->field < 0 ||
			matcher->output->shape->columns[column->field].source != FROM_KEPT)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("where column \"%s\" is not a column of the query", column->target)));
		check_where_type(matcher, column);
	}
}

static void
choose_set(OutputMatcher *matcher)
{
	Output	   *output = matcher->output;
	ListCell   *lc;

	if (output->where == NIL)
		return;
	output->set = columns_named(matcher, matcher->options->write.update_columns,
								"update_columns");
	if (output->set == NIL)
	{
		for (int i = 0; i < output->ncolumns; i++)
			if (output->columns[i].presence != COLUMN_MATCHED &&
				!list_member_ptr(output->where, &output->columns[i]))
				output->set = lappend(output->set, &output->columns[i]);
	}
	foreach(lc, output->set)
		if (((const OutputColumn *) lfirst(lc))->presence == COLUMN_MATCHED)
			refuse_generated(matcher, ((const OutputColumn *) lfirst(lc))->target);
	if (output->set == NIL && !matcher->traits->inserts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("there is no column to update")));
}

static void
check_prediction(const OutputMatcher *matcher)
{
	const Output *output = matcher->output;

	for (int i = 0; i < output->ncolumns; i++)
		if (output->columns[i].prediction &&
			(matcher->traits->inserts || list_member_ptr(output->set, &output->columns[i])))
			return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("no column of %s takes a prediction", matcher->target->name),
			 errhint("Columns are matched by name: prediction, probability, probabilities,"
					 " threshold, positive_class, "
					 "or a column of the answers; column_names_remapping gives them other"
					 " names.")));
}

static void
add_hidden(OutputMatcher *matcher)
{
	Output	   *output = matcher->output;

	output->row_number = drs_shape_add(output->shape, "row_number", FROM_ROW_NUMBER, INT8OID, -1);
	if (matcher->options->write.on_error != ON_ERROR_STOP &&
		matcher->options->write.keep_features)
		output->record = drs_shape_add(output->shape, "record", FROM_RECORD, TEXTOID, -1);
}

/*
 * A blessed descriptor with the names c1, c2, ...: no name of the user's can
 * interfere.  Collations are the target's, so comparing the two needs no choice.
 */
static TupleDesc
gathered_desc(const OutputMatcher *matcher)
{
	const Output *output = matcher->output;
	const Shape *shape = output->shape;
	TupleDesc	desc = CreateTemplateTupleDesc(shape->ncolumns);

	for (int i = 0; i < shape->ncolumns; i++)
		TupleDescInitEntry(desc, (AttrNumber) (i + 1), psprintf("c%d", i + 1),
						   shape->columns[i].type, shape->columns[i].typmod, 0);
	for (int i = 0; i < output->ncolumns; i++)
	{
		const TargetColumn *column = drs_target_column(matcher->target,
													   output->columns[i].target);
		int			field = output->columns[i].field;

		if (column && field >= 0 && OidIsValid(column->collation) &&
			OidIsValid(TupleDescAttr(desc, field)->attcollation))
			TupleDescInitEntryCollation(desc, (AttrNumber) (field + 1), column->collation);
	}
	TupleDescFinalize(desc);
	return BlessTupleDesc(desc);
}

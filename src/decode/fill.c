/*
 * fill.c
 *		Makes the values of the result's columns.
 *
 * A column is filled from one or several fields of the answer's row, or from
 * the kept columns of the row that was sent.  All but kept columns are text,
 * and go through the input function of the column's type.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/json.h"

#include "base/compat.h"
#include "base/servermessage.h"
#include "decode/composedfields.h"
#include "decode/explanation.h"
#include "decode/fill.h"
#include "decode/plausible.h"

struct Filler
{
	const Shape *shape;
	const Columns *columns;
	MemoryContext row_cxt;		/* for intermediate values */
	const bool *has_column;		/* by column of the shape: does the answer have it? */
	const Layout *layout;
	const int  *header_columns; /* FROM_HEADER: column of the layout, by column of the shape */
	PredictionKind predicts;
	TupleDesc	kept_desc;		/* NULL when nothing is kept */
	TupleDesc	keys_desc;		/* the keys among these; NULL when empty */
	TupleDesc	passthrough_desc;

	/* the row being filled in */
	const RowContext *context;
	const ReplyRow *reply;
	const char *column;			/* result column; NULL: none */
	Datum	   *kept_values;
	bool	   *kept_isnull;

	int			last_class;		/* class found for the previous row */
	bool		saw_text;		/* a prediction was not a number, where that was unknown */
};

static Datum column_value(Filler *filler, const ShapeColumn *column, int index, bool *isnull);

Filler *
drs_filler_create(const Shape *shape, const Columns *columns, const bool *has_column,
				  MemoryContext row_cxt)
{
	Filler	   *filler = palloc0(sizeof(Filler));

	filler->shape = shape;
	filler->columns = columns;
	filler->has_column = has_column;
	filler->row_cxt = row_cxt;
	filler->kept_desc = drs_kept_desc(columns, 0, columns->nkept);
	filler->keys_desc = drs_kept_desc(columns, 0, columns->nkeys);
	filler->passthrough_desc = drs_kept_desc(columns, columns->nkeys,
											 columns->nkept - columns->nkeys);
	filler->kept_values = palloc(sizeof(Datum) * Max(columns->nkept, 1));
	filler->kept_isnull = palloc(sizeof(bool) * Max(columns->nkept, 1));
	return filler;
}

void
drs_filler_set_layout(Filler *filler, const Layout *layout, const int *header_columns,
					  PredictionKind predicts)
{
	filler->layout = layout;
	filler->header_columns = header_columns;
	filler->predicts = predicts;
	filler->last_class = 0;
}

const char *
drs_filler_column(const Filler *filler)
{
	return filler->column;
}

/*
 * Get the kept columns of the row being filled; their values point into the
 * chunk.  They are NULL for a forecast that is for no row.
 */
static void
deform_kept(Filler *filler)
{
	const RowContext *context = filler->context;
	MinimalTuple kept;
	HeapTupleData tuple;

	if (context->row == DRS_NO_ROW)
	{
		memset(filler->kept_isnull, true, sizeof(bool) * filler->columns->nkept);
		return;
	}
	kept = context->answer->chunk->kept[context->row];
	tuple.t_len = kept->t_len + MINIMAL_TUPLE_OFFSET;
	tuple.t_data = (HeapTupleHeader) ((char *) kept - MINIMAL_TUPLE_OFFSET);
	heap_deform_tuple(&tuple, filler->kept_desc, filler->kept_values, filler->kept_isnull);
}

void
drs_fill_row(Filler *filler, const RowContext *context, const ReplyRow *reply, Datum *values,
			 bool *isnull)
{
	const Shape *shape = filler->shape;

	filler->context = context;
	filler->reply = reply;
	if (filler->kept_desc)
		deform_kept(filler);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		filler->column = column->name;
		isnull[i] = true;
		values[i] = (Datum) 0;
		if (column->name && (filler->has_column[i] || !column->optional))
			values[i] = column_value(filler, column, i, &isnull[i]);
	}
	filler->column = NULL;
}

/* Is the column filled from something other than the answer? */
static bool
survives_failure(const ShapeColumn *column)
{
	switch (column->source)
	{
		case FROM_ROW_NUMBER:
		case FROM_KEPT:
		case FROM_KEYS:
		case FROM_ERROR:
		case FROM_RECORD:
			return true;
		default:
			return false;
	}
}

void
drs_fill_failed(Filler *filler, const RowContext *context, Datum *values, bool *isnull, int *first)
{
	filler->context = context;
	filler->reply = NULL;
	if (filler->kept_desc)
		deform_kept(filler);
	for (; *first < filler->shape->ncolumns; (*first)++)
	{
		const ShapeColumn *column = &filler->shape->columns[*first];

		filler->column = column->name;
		isnull[*first] = true;
		values[*first] = (Datum) 0;
		if (column->name && (survives_failure(column) ||
							 (column->source == FROM_PASSTHROUGH && filler->passthrough_desc)))
			values[*first] = column_value(filler, column, *first, &isnull[*first]);
	}
	filler->column = NULL;
}

/*
 * A text as a value of the column's type.  NULL stays NULL, but a domain may
 * reject it.  Input functions leave garbage, so they run in row_cxt, and only
 * the value is copied to the current memory context.
 */
static Datum
text_value(const Filler *filler, const ShapeColumn *column, const char *text, size_t len,
		   bool *isnull)
{
	MemoryContext old;
	Datum		value;

	*isnull = text == NULL;
	if (text && column->type == FLOAT8OID)
		return Float8GetDatum(drs_float8in(unconstify(char *, text)));
	if (text && (column->type == TEXTOID || (column->type == VARCHAROID && column->typmod < 0)))
		return PointerGetDatum(cstring_to_text_with_len(text, len));
	if (text == NULL && column->input.fn_strict)
		return (Datum) 0;
	old = MemoryContextSwitchTo(filler->row_cxt);
	value = InputFunctionCall(unconstify(FmgrInfo *, &column->input), unconstify(char *, text),
							  column->ioparam, column->typmod);
	MemoryContextSwitchTo(old);
	return *isnull ? value : datumCopy(value, column->typbyval, column->typlen);
}

static Datum
null_value(const Filler *filler, const ShapeColumn *column, bool *isnull)
{
	return text_value(filler, column, NULL, 0, isnull);
}

/*
 * Check a prediction that is not a class.  Where predictions may be texts,
 * one is refused only if it denotes a number that is not finite and no other
 * text was seen before.
 */
static void
check_prediction(Filler *filler, const ShapeColumn *column, const ReplyField *field)
{
	if (field->text == NULL || drs_is_number(field->text))
		return;
	if (column->type == FLOAT8OID || filler->reply->is_number)
		drs_check_number(field);
	else if (filler->predicts == PREDICTS_TEXTS || filler->layout->is_json)
		return;
	else if (filler->predicts == PREDICTS_NUMBERS)
		drs_check_number(field);
	else if (!drs_is_no_number(field->text))
		filler->saw_text = true;
	else if (!filler->saw_text)
		drs_check_number(field);
}

static void
check_field(Filler *filler, const ShapeColumn *column, int field)
{
	switch (filler->layout->numbers[field])
	{
		case NUMBER_ANY:
			break;
		case NUMBER_FINITE:
			drs_check_number(&filler->reply->fields[field]);
			break;
		case NUMBER_PROBABILITY:
			drs_check_probability(&filler->reply->fields[field]);
			break;
		case NUMBER_PREDICTION:
			check_prediction(filler, column, &filler->reply->fields[field]);
			break;
	}
}

/* Read a number and check it at once, which works for nearly all. */
static bool
read_number(const Filler *filler, int field, double *number)
{
	const char *text = filler->reply->fields[field].text;

	return text && drs_read_number(text, number) &&
		(filler->layout->numbers[field] != NUMBER_PROBABILITY ||
		 (*number >= -DRS_PROBABILITY_FUZZ && *number <= 1 + DRS_PROBABILITY_FUZZ));
}

static Datum
field_value(Filler *filler, const ShapeColumn *column, int field, bool *isnull)
{
	double		number;

	if (field < 0)
		return null_value(filler, column, isnull);
	if (column->type == FLOAT8OID && read_number(filler, field, &number))
	{
		*isnull = false;
		return Float8GetDatum(number);
	}
	check_field(filler, column, field);
	return text_value(filler, column, filler->reply->fields[field].text,
					  filler->reply->fields[field].len, isnull);
}

/* An override by a humility rule need not be a class. */
static bool
is_overridden(const Filler *filler)
{
	int			humility = filler->layout->roles[ROLE_HUMILITY];

	return humility >= 0 && filler->reply->fields[humility].text;
}

/*
 * The class whose probability is the row's: the positive one of a binary
 * answer, otherwise the predicted one; -1 when there is none.  That of the
 * previous row is tried first, since it is often the same.
 */
static int
telling_class(Filler *filler)
{
	const Layout *layout = filler->layout;
	int			column = layout->roles[ROLE_POSITIVE_CLASS];
	const char *label;

	if (column < 0)
		column = layout->roles[ROLE_PREDICTION];
	label = column < 0 ? NULL : filler->reply->fields[column].text;
	if (label == NULL || layout->is_multilabel)
		return -1;
	if (strcmp(layout->classes[filler->last_class].label, label) != 0)
	{
		int			found = drs_layout_class(layout, label);

		if (found < 0 && is_overridden(filler))
			return -1;
		if (found < 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer names the class \"%s\" but has no column for it",
							drs_one_line(label, strlen(label), 100)),
					 errdetail("Its columns are %s.", drs_layout_names(layout))));
		filler->last_class = found;
	}
	return filler->last_class;
}

static Datum
probability(Filler *filler, const ShapeColumn *column, bool *isnull)
{
	int			class = filler->layout->nclasses > 0 ? telling_class(filler) : -1;

	return field_value(filler, column, class < 0 ? -1 : filler->layout->classes[class].column,
					   isnull);
}

/* What predict() returns. */
static Datum
number(Filler *filler, const ShapeColumn *column, bool *isnull)
{
	if (filler->layout->is_multilabel)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the prediction is a list of labels, not a number"),
				 errhint("Use predict_row, "
						 "or score_as with a column \"labels\" of type text[].")));
	if (filler->layout->nclasses > 0)
		return probability(filler, column, isnull);
	return field_value(filler, column, filler->layout->roles[ROLE_PREDICTION], isnull);
}

/* Explanations in the form that the column takes. */
static Datum
explanations(const Filler *filler, const ShapeColumn *column, bool *isnull)
{
	Explanation *list;
	int			count;

	if (!filler->layout->has_explanations)
		return null_value(filler, column, isnull);
	list = drs_explanations_of(filler->layout, filler->reply, &count);
	if (column->source == FROM_NGRAMS)
	{
		char	   *ngrams = drs_explanations_ngrams(list, count);

		return text_value(filler, column, ngrams, ngrams ? strlen(ngrams) : 0, isnull);
	}
	if (column->row_desc)
	{
		*isnull = false;
		return drs_explanations_array(list, count, column->row_desc);
	}
	else
	{
		char	   *json = drs_explanations_json(list, count);

		return text_value(filler, column, json, strlen(json), isnull);
	}
}

static Datum
labels(const Filler *filler, const ShapeColumn *column, bool *isnull)
{
	Datum		array;
	char	   *text = NULL;

	if (column->is_array)
	{
		array = drs_compose_label_array(filler->layout, filler->reply);
		*isnull = array == (Datum) 0;
		if (column->type == TEXTARRAYOID || *isnull)
			return array;
		text = OidOutputFunctionCall(F_ARRAY_OUT, array);
	}
	else
		text = drs_compose_labels(filler->layout, filler->reply);
	return text_value(filler, column, text, text ? strlen(text) : 0, isnull);
}

/*
 * A time is in UTC when it does not name a zone: rows were sent that way, and
 * the session's time zone must not matter.  The column is a timestamp with
 * time zone.
 */
static Datum
time_value(Filler *filler, const ShapeColumn *column, int field, bool *isnull)
{
	const char *text = field < 0 ? NULL : filler->reply->fields[field].text;
	size_t		digits = text ? strspn(text, "0123456789-:. T") : 0;
	char	   *zoned;

	if (text == NULL || text[digits] != '\0' || strspn(text, "0123456789") != 4)
		return field_value(filler, column, field, isnull);
	zoned = psprintf("%s%s", text, strpbrk(text, "T ") ? "Z" : " 00:00:00Z");
	return text_value(filler, column, zoned, strlen(zoned), isnull);
}

/* The JSON composed of several fields; NULL when there is none. */
static char *
composed_text(const Layout *layout, const ReplyRow *row, ShapeSource source,
			  const Columns *columns)
{
	switch (source)
	{
		case FROM_PREDICTION:
			return drs_compose_labels(layout, row);
		case FROM_PROBABILITIES:
			return drs_compose_probabilities(layout, row);
		case FROM_THRESHOLD:
			return drs_compose_threshold(layout, row).text;
		case FROM_SHAP:
			return drs_compose_shap(layout, row);
		case FROM_EXTRA:
			return layout->is_json ? row->fields[ROLE_EXTRA].text :
				drs_compose_object(layout, row, layout->extra, layout->nextra);
		case FROM_PASSTHROUGH:
			return drs_compose_passed(layout, row, columns->desc);
		default:
			return NULL;
	}
}

static Datum
composed_value(const Filler *filler, const ShapeColumn *column, bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(filler->row_cxt);
	char	   *text = composed_text(filler->layout, filler->reply, column->source,
									 filler->columns);

	MemoryContextSwitchTo(old);
	return text_value(filler, column, text, text ? strlen(text) : 0, isnull);
}

/* Make a value whose computation leaves garbage; field: of a time. */
static Datum
made_value(Filler *filler, const ShapeColumn *column, int field, bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(filler->row_cxt);
	Datum		value;

	if (column->source == FROM_LABELS)
		value = labels(filler, column, isnull);
	else if (column->is_time)
		value = time_value(filler, column, field, isnull);
	else
		value = explanations(filler, column, isnull);
	MemoryContextSwitchTo(old);
	return *isnull ? value : datumCopy(value, column->typbyval, column->typlen);
}

/*
 * Some of the kept columns, from first on, as a JSON object made by
 * row_to_json(); NULL when there are none.
 */
static Datum
kept_as_json(Filler *filler, const ShapeColumn *column, TupleDesc desc, int first, bool *isnull)
{
	MemoryContext old;
	HeapTuple	tuple;
	char	   *json;

	if (desc == NULL || filler->context->row == DRS_NO_ROW)
		return null_value(filler, column, isnull);
	old = MemoryContextSwitchTo(filler->row_cxt);
	tuple = heap_form_tuple(desc, filler->kept_values + first, filler->kept_isnull + first);
	json = TextDatumGetCString(DirectFunctionCall1(row_to_json, HeapTupleGetDatum(tuple)));
	MemoryContextSwitchTo(old);
	return text_value(filler, column, json, strlen(json), isnull);
}

/* A kept column of another type than the result's goes through its text. */
static Datum
converted_kept(Filler *filler, const ShapeColumn *column, bool *isnull)
{
	MemoryContext old;
	char	   *text;

	if (filler->kept_isnull[column->kept])
		return text_value(filler, column, NULL, 0, isnull);
	old = MemoryContextSwitchTo(filler->row_cxt);
	text = OutputFunctionCall(unconstify(FmgrInfo *, &column->output),
							  filler->kept_values[column->kept]);
	MemoryContextSwitchTo(old);
	return text_value(filler, column, text, strlen(text), isnull);
}

/* The record as it was sent, in the server's encoding. */
static Datum
sent_record(Filler *filler, const ShapeColumn *column, bool *isnull)
{
	const RowContext *context = filler->context;
	MemoryContext old = MemoryContextSwitchTo(filler->row_cxt);
	size_t		len = 0;
	const char *record = context->row == DRS_NO_ROW ? NULL :
		drs_chunk_record(context->answer->chunk, context->row, &len);
	char	   *text = NULL;

	if (record)
	{
		text = pg_any_to_server(pnstrdup(record, len), (int) len, PG_UTF8);
		len = strlen(text);
	}
	MemoryContextSwitchTo(old);
	return text_value(filler, column, text, len, isnull);
}

/* An ID that the answer's headers had; empty is NULL. */
static Datum
id_value(const Filler *filler, const ShapeColumn *column, const char *id, bool *isnull)
{
	return text_value(filler, column, id[0] ? id : NULL, strlen(id), isnull);
}

/* The value of a column that is not filled from the body of the answer. */
static Datum
own_value(Filler *filler, const ShapeColumn *column, bool *isnull)
{
	const RowContext *context = filler->context;
	const RowFailure *failure = context->failure;
	int64		row_number = (int64) drs_row_number(context);
	char		number[MAXINT8LEN + 1];

	switch (column->source)
	{
		case FROM_ROW_NUMBER:
			if (row_number == 0)
				return null_value(filler, column, isnull);
			if (column->type == INT8OID)
			{
				*isnull = false;
				return Int64GetDatum(row_number);
			}
			return text_value(filler, column, number, pg_lltoa(row_number, number), isnull);
		case FROM_MODEL_ID:
			return id_value(filler, column, context->answer->model_id, isnull);
		case FROM_REQUEST_ID:
			return id_value(filler, column, context->answer->request_id, isnull);
		case FROM_KEYS:
			return kept_as_json(filler, column, filler->keys_desc, 0, isnull);
		case FROM_PASSTHROUGH:
			return kept_as_json(filler, column, filler->passthrough_desc, filler->columns->nkeys,
								isnull);
		case FROM_ERROR:
			return text_value(filler, column, failure ? failure->message : NULL,
							  failure ? strlen(failure->message) : 0, isnull);
		case FROM_RECORD:
			return sent_record(filler, column, isnull);
		default:
			return null_value(filler, column, isnull);
	}
}

static Datum
column_value(Filler *filler, const ShapeColumn *column, int index, bool *isnull)
{
	const Layout *layout = filler->layout;
	int			field = column->role == NO_ROLE ? -1 : layout->roles[column->role];

	switch (column->source)
	{
		case FROM_KEPT:
			if (!column->copies)
				return converted_kept(filler, column, isnull);
			*isnull = filler->kept_isnull[column->kept];
			return filler->kept_values[column->kept];
		case FROM_PREDICTION:
			if (layout->is_multilabel)
				return composed_value(filler, column, isnull);
			break;
		case FROM_THRESHOLD:
			if (layout->is_multilabel && !layout->is_json)
				return composed_value(filler, column, isnull);
			break;
		case FROM_NUMBER:
			return number(filler, column, isnull);
		case FROM_PROBABILITY:
			return probability(filler, column, isnull);
		case FROM_HEADER:
			field = filler->header_columns[index];
			break;
		case FROM_PASSTHROUGH:
			if (filler->passthrough_desc == NULL && layout->npassed > 0)
				return composed_value(filler, column, isnull);
			return own_value(filler, column, isnull);
		case FROM_PROBABILITIES:
		case FROM_SHAP:
		case FROM_EXTRA:
			return composed_value(filler, column, isnull);
		case FROM_LABELS:
		case FROM_EXPLANATIONS:
		case FROM_NGRAMS:
			return made_value(filler, column, -1, isnull);
		default:
			break;
	}
	if (column->role == NO_ROLE && column->source != FROM_HEADER)
		return own_value(filler, column, isnull);
	if (column->is_time)
		return made_value(filler, column, field, isnull);
	return field_value(filler, column, field, isnull);
}

bool
drs_fill_is_in_reply(const Layout *layout, const ShapeColumn *column)
{
	switch (column->source)
	{
		case FROM_PREDICTION:
			return true;
		case FROM_PROBABILITY:
			return layout->nclasses > 0 && !layout->is_multilabel;
		case FROM_PROBABILITIES:
			return layout->nclasses > 0;
		case FROM_LABELS:
			return layout->is_multilabel;
		case FROM_THRESHOLD:
			return layout->has[ROLE_THRESHOLD] ||
				(layout->is_multilabel && layout->classes[0].threshold >= 0);
		case FROM_EXPLANATIONS:
			return layout->has_explanations;
		case FROM_NGRAMS:
			return layout->has_ngrams;
		case FROM_SHAP:
			return layout->has[ROLE_SHAP_BASE] || layout->has[ROLE_SHAP_REMAINING];
		case FROM_EXTRA:
			return layout->is_json ? layout->has[ROLE_EXTRA] : layout->nextra > 0;
		case FROM_HEADER:
			return drs_layout_find(layout, column->name) >= 0;
		default:
			return column->role == NO_ROLE || layout->has[column->role];
	}
}

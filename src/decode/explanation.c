/*
 * explanation.c
 *		Finds prediction explanations in CSV answers, and makes SQL and JSON values of them.
 *
 * CSV has four columns for each explanation of a row, EXPLANATION_<n>_..., and
 * with several classes the same for each class after a prefix such as
 * CLASS_1_.  The column CLASS_1 then has the class (docs/api.md 1.6).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "base/compat.h"
#include "decode/explanation.h"
#include "decode/plausible.h"

#define INFIX "EXPLANATION_"

/*
 * The columns of datarobot.explanation, in order; parts after EXPLAINED_LABEL are not among them.
 */
static const struct
{
	const char *name;
	Oid			type;
	const char *header;			/* in CSV, after the number; NULL: not in CSV */
}			parts[] =
{
	[EXPLAINED_FEATURE] = {"feature", TEXTOID, "_FEATURE_NAME"},
	[EXPLAINED_VALUE] = {"value", TEXTOID, "_ACTUAL_VALUE"},
	[EXPLAINED_STRENGTH] = {"strength", FLOAT8OID, "_STRENGTH"},
	[EXPLAINED_QUALITY] = {"qualitative_strength", TEXTOID, "_QUALITATIVE_STRENGTH"},
	[EXPLAINED_LABEL] = {"label", TEXTOID, NULL},
};

/* A column of CSV that is part of an explanation. */
typedef struct Found
{
	const char *prefix;			/* of the name, before INFIX and its underscore; not terminated */
	int			prefix_len;
	long		number;
	ExplanationPart part;
	int			column;
} Found;

static bool
parse_name(const char *name, Found *found)
{
	const char *infix = name;
	size_t		digits;

	while ((infix = strstr(infix, INFIX)) != NULL && infix != name && infix[-1] != '_')
		infix++;
	if (infix == NULL)
		return false;
	found->prefix = name;
	found->prefix_len = infix == name ? 0 : (int) (infix - name) - 1;
	infix += strlen(INFIX);
	digits = strspn(infix, "0123456789");
	if (digits == 0 || digits > 9)
		return false;
	found->number = strtol(infix, NULL, 10);
	for (int part = 0; part < EXPLAINED_LABEL; part++)
		if (strcmp(infix + digits, parts[part].header) == 0)
		{
			found->part = part;
			return true;
		}
	return false;
}

bool
drs_explanation_is_column(const char *name)
{
	Found		found;

	return parse_name(name, &found);
}

/* By prefix, the shorter first so that 2 comes before 10, then by number. */
static int
compare_found(const void *a, const void *b)
{
	const Found *x = a;
	const Found *y = b;
	int			order = x->prefix_len - y->prefix_len;

	if (order == 0)
		order = memcmp(x->prefix, y->prefix, x->prefix_len);
	if (order == 0)
		order = x->number < y->number ? -1 : x->number > y->number;
	return order;
}

static ExplanationColumns *
begin_explanation(Layout *layout, const Found *found)
{
	ExplanationColumns *explanation = &layout->explanations[layout->nexplanations++];

	for (int part = 0; part < EXPLANATION_PARTS; part++)
		explanation->columns[part] = -1;
	if (found->prefix_len > 0)
		explanation->columns[EXPLAINED_LABEL] =
			drs_layout_find_exactly(layout, pnstrdup(found->prefix, found->prefix_len));
	return explanation;
}

void
drs_explanation_columns(Layout *layout)
{
	Found	   *found = palloc(sizeof(Found) * Max(layout->ncolumns, 1));
	ExplanationColumns *explanation = NULL;
	int			count = 0;

	for (int i = 0; i < layout->ncolumns; i++)
		if (!layout->is_passed[i] && parse_name(layout->headers[i], &found[count]))
			found[count++].column = i;
	layout->has_explanations = count > 0;
	layout->explanations = palloc(sizeof(ExplanationColumns) * Max(count, 1));
	qsort(found, count, sizeof(Found), compare_found);
	for (int i = 0; i < count; i++)
	{
		if (i == 0 || compare_found(&found[i - 1], &found[i]) != 0)
			explanation = begin_explanation(layout, &found[i]);
		explanation->columns[found[i].part] = found[i].column;
	}
	pfree(found);
}

/* The label of an explanation when CSV has none: the positive class of two, or the target. */
static ReplyField
default_label(const Layout *layout, const ReplyRow *row)
{
	ReplyField	label = {NULL, 0};

	if (layout->roles[ROLE_POSITIVE_CLASS] >= 0)
		return row->fields[layout->roles[ROLE_POSITIVE_CLASS]];
	if (layout->nclasses == 0 && layout->target)
	{
		label.text = unconstify(char *, layout->target);
		label.len = strlen(layout->target);
	}
	return label;
}

Explanation *
drs_explanations_of(const Layout *layout, const ReplyRow *row, int *count)
{
	Explanation *explanations;

	*count = row->nexplanations;
	if (layout->is_json)
		return row->explanations;
	explanations = palloc0(sizeof(Explanation) * Max(layout->nexplanations, 1));
	*count = 0;
	for (int i = 0; i < layout->nexplanations; i++)
	{
		const int  *columns = layout->explanations[i].columns;
		Explanation *explanation = &explanations[*count];

		/* a row with fewer explanations has empty fields */
		if (columns[EXPLAINED_FEATURE] < 0 || row->fields[columns[EXPLAINED_FEATURE]].len == 0)
			continue;
		for (int part = 0; part < EXPLANATION_PARTS; part++)
			if (columns[part] >= 0)
				explanation->parts[part] = row->fields[columns[part]];
		if (columns[EXPLAINED_LABEL] < 0)
			explanation->parts[EXPLAINED_LABEL] = default_label(layout, row);
		if (explanation->parts[EXPLAINED_QUALITY].len == 0)
			explanation->parts[EXPLAINED_QUALITY].text = NULL;
		(*count)++;
	}
	return explanations;
}

static void
append_member(StringInfo json, const char *separator, const char *name, const ReplyField *field,
			  bool number)
{
	appendStringInfo(json, "%s\"%s\": ", separator, name);
	if (number)
		drs_check_number(field);
	if (field->text == NULL)
		appendStringInfoString(json, "null");
	else if (number && IsValidJsonNumber(field->text, (int) field->len))
		appendBinaryStringInfo(json, field->text, (int) field->len);
	else
		escape_json(json, field->text);
}

char *
drs_explanations_json(const Explanation *explanations, int count)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < count; i++)
	{
		appendStringInfoString(&json, i == 0 ? "{" : ", {");
		for (int part = 0; part <= EXPLAINED_LABEL; part++)
			append_member(&json, part == 0 ? "" : ", ", parts[part].name,
						  &explanations[i].parts[part], parts[part].type == FLOAT8OID);
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

static Datum
explanation_row(const Explanation *explanation, TupleDesc desc)
{
	Datum		values[EXPLAINED_LABEL + 1];
	bool		isnull[EXPLAINED_LABEL + 1];

	for (int part = 0; part <= EXPLAINED_LABEL; part++)
	{
		const ReplyField *field = &explanation->parts[part];

		isnull[part] = field->text == NULL;
		values[part] = (Datum) 0;
		if (parts[part].type == FLOAT8OID)
			drs_check_number(field);
		if (field->text && parts[part].type == FLOAT8OID)
			values[part] = Float8GetDatum(drs_float8in(field->text));
		else if (field->text)
			values[part] = PointerGetDatum(cstring_to_text_with_len(field->text,
																	(int) field->len));
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, isnull));
}

Datum
drs_explanations_array(const Explanation *explanations, int count, TupleDesc desc)
{
	Datum	   *rows = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
		rows[i] = explanation_row(&explanations[i], desc);
	return PointerGetDatum(construct_array(rows, count, desc->tdtypeid, -1, false,
										   TYPALIGN_DOUBLE));
}

char *
drs_explanations_ngrams(const Explanation *explanations, int count)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < count; i++)
	{
		const ReplyField *field = explanations[i].parts;

		if (field[EXPLAINED_NGRAMS].text == NULL)
			continue;
		append_member(&json, json.len == 0 ? "[{" : ", {", "feature", &field[EXPLAINED_FEATURE],
					  false);
		append_member(&json, ", ", "label", &field[EXPLAINED_LABEL], false);
		appendStringInfo(&json, ", \"ngrams\": %s}", field[EXPLAINED_NGRAMS].text);
	}
	if (json.len == 0)
		return NULL;
	appendStringInfoChar(&json, ']');
	return json.data;
}

bool
drs_explanation_is_row(TupleDesc desc)
{
	if (desc->natts != EXPLAINED_LABEL + 1)
		return false;
	for (int part = 0; part < desc->natts; part++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, part);

		if (attribute->attisdropped || attribute->atttypid != parts[part].type ||
			strcmp(NameStr(attribute->attname), parts[part].name) != 0)
			return false;
	}
	return true;
}

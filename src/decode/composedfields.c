/*
 * composedfields.c
 *		Composes JSON texts of several fields of one row of an answer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "decode/composedfields.h"
#include "decode/plausible.h"

/*
 * Append a value as JSON: a number, or else a string.  NaN and infinities,
 * which JSON lacks, become strings.
 */
static void
append_value(StringInfo json, const ReplyField *field)
{
	if (field->text == NULL)
		appendStringInfoString(json, "null");
	else if (IsValidJsonNumber(field->text, (int) field->len))
		appendBinaryStringInfo(json, field->text, (int) field->len);
	else
		escape_json(json, field->text);
}

char *
drs_compose_probabilities(const Layout *layout, const ReplyRow *row)
{
	StringInfoData json;

	if (layout->nclasses == 0)
		return NULL;
	initStringInfo(&json);
	for (int i = 0; i < layout->nclasses; i++)
	{
		appendStringInfoString(&json, i == 0 ? "{" : ", ");
		escape_json(&json, layout->classes[i].label);
		appendStringInfoString(&json, ": ");
		drs_check_probability(&row->fields[layout->classes[i].column]);
		append_value(&json, &row->fields[layout->classes[i].column]);
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* Is the label predicted? */
static bool
is_predicted(const ClassColumn *class, const ReplyRow *row)
{
	const char *decision = row->fields[class->decision].text;

	return decision && (pg_strcasecmp(decision, "true") == 0 || strcmp(decision, "1") == 0);
}

char *
drs_compose_labels(const Layout *layout, const ReplyRow *row)
{
	StringInfoData json;

	if (!layout->is_multilabel)
		return NULL;
	initStringInfo(&json);
	for (int i = 0; i < layout->nclasses; i++)
		if (is_predicted(&layout->classes[i], row))
		{
			appendStringInfoString(&json, json.len == 0 ? "[" : ", ");
			escape_json(&json, layout->classes[i].label);
		}
	appendStringInfoString(&json, json.len == 0 ? "[]" : "]");
	return json.data;
}

Datum
drs_compose_label_array(const Layout *layout, const ReplyRow *row)
{
	Datum	   *labels;
	int			count = 0;

	if (!layout->is_multilabel)
		return (Datum) 0;
	labels = palloc(sizeof(Datum) * Max(layout->nclasses, 1));
	for (int i = 0; i < layout->nclasses; i++)
		if (is_predicted(&layout->classes[i], row))
			labels[count++] = CStringGetTextDatum(layout->classes[i].label);
	return PointerGetDatum(construct_array(labels, count, TEXTOID, -1, false, TYPALIGN_INT));
}

char *
drs_compose_object(const Layout *layout, const ReplyRow *row, const int *columns, int ncolumns)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < ncolumns; i++)
	{
		if (columns[i] == layout->roles[ROLE_ORDER])
			continue;
		appendStringInfoString(&json, json.len == 0 ? "{" : ", ");
		escape_json(&json, layout->headers[columns[i]]);
		appendStringInfoString(&json, ": ");
		append_value(&json, &row->fields[columns[i]]);
	}
	if (json.len == 0)
		return NULL;
	appendStringInfoChar(&json, '}');
	return json.data;
}

/*
 * Append a value that the server handed back, whose column in the query is of
 * that type: a text that looks like a number stays a string.
 */
static void
append_passed(StringInfo json, const ReplyField *field, Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	if (field->text && category == TYPCATEGORY_BOOLEAN &&
		(pg_strcasecmp(field->text, "true") == 0 || pg_strcasecmp(field->text, "false") == 0))
		appendStringInfoString(json, pg_tolower(field->text[0]) == 't' ? "true" : "false");
	else if (field->text == NULL || category == TYPCATEGORY_NUMERIC)
		append_value(json, field);
	else
		escape_json(json, field->text);
}

char *
drs_compose_passed(const Layout *layout, const ReplyRow *row, TupleDesc desc)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < layout->npassed; i++)
	{
		const ReplyField *field = &row->fields[layout->passed[i]];
		int			from = layout->passed_from[i];

		if (layout->passed[i] == layout->roles[ROLE_ORDER])
			continue;
		appendStringInfoString(&json, json.len == 0 ? "{" : ", ");
		escape_json(&json, layout->headers[layout->passed[i]]);
		appendStringInfoString(&json, ": ");
		if (from < 0)
			append_value(&json, field);
		else
			append_passed(&json, field, TupleDescAttr(desc, from)->atttypid);
	}
	if (json.len == 0)
		return NULL;
	appendStringInfoChar(&json, '}');
	return json.data;
}

char *
drs_compose_shap(const Layout *layout, const ReplyRow *row)
{
	static const ReplyField none = {NULL, 0};
	const ReplyField *fields[] = {&none, &none, &none};
	StringInfoData json;

	for (int i = 0; i < 3; i++)
		if (layout->roles[ROLE_SHAP_BASE + i] >= 0)
			fields[i] = &row->fields[layout->roles[ROLE_SHAP_BASE + i]];
	if (fields[0]->text == NULL && fields[1]->text == NULL)
		return NULL;
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"base_value\": ");
	append_value(&json, fields[0]);
	appendStringInfoString(&json, ", \"remaining_total\": ");
	append_value(&json, fields[1]);
	appendStringInfo(&json, ", \"warnings\": %s}", fields[2]->text ? fields[2]->text : "null");
	return json.data;
}

ReplyField
drs_compose_threshold(const Layout *layout, const ReplyRow *row)
{
	ReplyField	shared = {NULL, 0};

	for (int i = 0; i < layout->nclasses; i++)
	{
		int			column = layout->classes[i].threshold;
		const ReplyField *field = column < 0 ? NULL : &row->fields[column];

		if (field == NULL || field->text == NULL ||
			(i > 0 && strcmp(field->text, shared.text) != 0))
			return (ReplyField) {NULL, 0};
		drs_check_number(field);
		shared = *field;
	}
	return shared;
}

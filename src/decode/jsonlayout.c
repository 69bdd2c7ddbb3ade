/*
 * jsonlayout.c
 *		Makes columns, with names and an order, of the members of JSON rows.
 *
 * The first row shows the kind of the model: a list of labels as prediction
 * is multilabel, and several outputs are classes.  A single output is a
 * number or a text, named after the target (docs/api.md 1.5).
 */
#include "postgres.h"

#include "base/servermessage.h"
#include "decode/jsonlayout.h"
#include "http/parameters.h"

#define ANOMALY "Anomaly Score" /* label of the only output of anomaly detection */

static bool
is_classification(const JsonRow *row)
{
	const ReplyField *prediction = &row->fields[ROLE_PREDICTION];

	if (row->values.count != 1)
		return row->values.count > 1;

	/*
	 * the output of a single cluster has the prediction as its label, unlike
	 * a number and hardly a text
	 */
	return row->is_list || (row->is_text && prediction->text && row->values.items[0].is_number &&
							strcmp(prediction->text, row->values.items[0].name) == 0);
}

/* Is the label a truth value? */
static bool
is_truth(const char *label)
{
	return pg_strcasecmp(label, "true") == 0 || pg_strcasecmp(label, "false") == 0;
}

/*
 * Of the classes 1 and 0, 1 is positive, as documented; -1 for others, since
 * neither their names nor their order decide it.
 */
static int
positive_of_two(const Layout *layout)
{
	int			one = drs_layout_class(layout, "1");

	return one >= 0 && drs_layout_class(layout, "0") == 1 - one ? one : -1;
}

static void
choose_positive(Layout *layout, const JsonRow *row, const char *positive_class)
{
	int			one;

	if (layout->is_multilabel || layout->nclasses != 2)
		return;
	one = positive_of_two(layout);

	/*
	 * two clusters have no threshold, and none is positive; old answers have
	 * none either, but are of no clusters
	 */
	if (!row->has[ROLE_THRESHOLD] && !row->is_old && !positive_class && one < 0 &&
		!(is_truth(layout->classes[0].label) && is_truth(layout->classes[1].label)))
		return;
	layout->positive = positive_class ? drs_layout_class(layout, positive_class) : one;
	layout->asks_positive = positive_class == NULL && one < 0;
	if (positive_class && layout->positive < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"positive_class\" is \"%s\", which is not a class of the"
						" deployment",
						positive_class),
				 errdetail("Its classes are \"%s\" and \"%s\".",
						   drs_one_line(layout->classes[0].label, strlen(layout->classes[0].label),
										100),
						   drs_one_line(layout->classes[1].label, strlen(layout->classes[1].label),
										100))));
}

/* Add the columns of classes, from first on; returns the next free column. */
static int
add_classes(Layout *layout, const JsonRow *row, int first)
{
	layout->classes = palloc0(sizeof(ClassColumn) * row->values.count);
	for (int i = 0; i < row->values.count; i++)
	{
		ClassColumn *class = &layout->classes[layout->nclasses];

		class->label = pstrdup(row->values.items[i].name);
		class->column = first++;
		class->decision = class->threshold = -1;
		layout->headers[class->column] =
			psprintf("%s_%s", class->label, layout->is_multilabel ? "PROBABILITY" : "PREDICTION");
		if (layout->is_multilabel)
		{
			class->decision = first++;
			layout->headers[class->decision] = psprintf("%s_DECISION", class->label);
		}
		layout->nclasses++;
	}
	return first;
}

static int *
add_named(Layout *layout, const JsonList *list, int first)
{
	int		   *columns = palloc(sizeof(int) * Max(list->count, 1));

	for (int i = 0; i < list->count; i++)
	{
		columns[i] = first + i;
		layout->headers[first + i] = pstrdup(list->items[i].name);
	}
	return columns;
}

/* Name the column of the prediction, as far as its name can be known. */
static void
name_prediction(Layout *layout, const JsonRow *row)
{
	const char *label = row->values.count == 1 ? row->values.items[0].name : NULL;

	if (layout->nclasses > 0 || label == NULL)
		layout->headers[ROLE_PREDICTION] = "PREDICTION";
	else if (strcmp(label, ANOMALY) == 0)
		layout->headers[ROLE_PREDICTION] = "ANOMALY_SCORE";
	else
		layout->headers[ROLE_PREDICTION] = psprintf("%s_PREDICTION", label);
	if (layout->nclasses == 0 && label)
		layout->target = pstrdup(label);
}

static void
set_roles(Layout *layout, const JsonRow *row)
{
	for (int role = 0; role < NROLES; role++)
	{
		layout->roles[role] = role;
		layout->has[role] = row->has[role];
		if (row->has[role] && drs_prediction_header(role))
			layout->headers[role] = pstrdup(drs_prediction_header(role));
	}
	layout->has[ROLE_HUMILITY] = true;	/* only rows that triggered a humility rule have it */
	layout->has_explanations = row->has_explanations;
	layout->has_ngrams = row->has_ngrams;
	layout->roles[ROLE_ORDER] = -1;
	for (int i = 0; i < row->passed.count; i++)
		if (strcmp(row->passed.items[i].name, DRS_ORDER_COLUMN) == 0)
			drs_layout_set(layout, ROLE_ORDER, layout->passed[i]);
}

Layout *
drs_jsonlayout_read(const JsonRow *row, const char *positive_class)
{
	int			nclasses = is_classification(row) ? row->values.count : 0;
	int			named = NROLES + nclasses * (row->is_list ? 2 : 1);
	Layout	   *layout = drs_layout_create(named + row->extra.count + row->passed.count);

	if (!row->has[ROLE_PREDICTION])
		drs_jsonrow_refuse("a row has no prediction");
	if (row->is_list && nclasses == 0)
		drs_jsonrow_refuse("labels come without their probabilities");
	layout->is_json = true;
	layout->is_multilabel = row->is_list;
	if (nclasses > 0)
		(void) add_classes(layout, row, NROLES);
	layout->nextra = row->extra.count;
	layout->extra = add_named(layout, &row->extra, named);
	layout->npassed = row->passed.count;
	layout->passed = add_named(layout, &row->passed, named + row->extra.count);
	set_roles(layout, row);
	choose_positive(layout, row, positive_class);
	if (layout->positive < 0 && !layout->asks_positive)
		layout->roles[ROLE_POSITIVE_CLASS] = -1;
	else
	{
		layout->headers[ROLE_POSITIVE_CLASS] = pstrdup(drs_prediction_header(ROLE_POSITIVE_CLASS));
		layout->has[ROLE_POSITIVE_CLASS] = true;
	}
	if (!row->is_list)
		name_prediction(layout, row);
	drs_layout_sort(layout);
	drs_layout_note_numbers(layout);
	return layout;
}

/* The class of the i-th output of a row; outputs are usually in the order of the layout. */
static int
find_class(const Layout *layout, const char *label, int i)
{
	int			class = i;

	if (i >= layout->nclasses || strcmp(layout->classes[i].label, label) != 0)
		class = drs_layout_class(layout, label);
	if (class < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer names the class \"%s\" but has no probability for it",
						drs_one_line(label, strlen(label), 100)),
				 errdetail("Its columns are %s.", drs_layout_names(layout))));
	return class;
}

static void
fill_classes(const Layout *layout, const JsonRow *row, ReplyField *fields)
{
	bool	   *filled = palloc0(sizeof(bool) * layout->nclasses);

	if (row->values.count != layout->nclasses || row->is_list != layout->is_multilabel)
		drs_jsonrow_refuse("predictions are not all of the same kind");
	for (int i = 0; i < row->values.count; i++)
	{
		int			class = find_class(layout, row->values.items[i].name, i);

		if (filled[class])
			drs_jsonrow_refuse("a class occurs twice");
		filled[class] = true;
		fields[layout->classes[class].column] = row->values.items[i].value;
		if (layout->is_multilabel)
			fields[layout->classes[class].decision] = (ReplyField) {"False", strlen("False")};
	}
	for (int i = 0; i < row->labels.count; i++)
	{
		int			class = find_class(layout, row->labels.items[i].name, i);

		fields[layout->classes[class].decision] = (ReplyField) {"True", strlen("True")};
	}
}

/* Set values by name; names that the first row did not have are ignored. */
static void
fill_named(const Layout *layout, const int *columns, int ncolumns, const JsonList *list,
		   ReplyField *fields)
{
	for (int i = 0; i < list->count; i++)
	{
		int			column = i < ncolumns ? columns[i] : -1;

		if (column < 0 || strcmp(layout->headers[column], list->items[i].name) != 0)
			column = drs_layout_find_exactly(layout, list->items[i].name);
		if (ncolumns > 0 && column >= columns[0] && column <= columns[ncolumns - 1])
			fields[column] = list->items[i].value;
	}
}

void
drs_jsonlayout_row(const Layout *layout, const JsonRow *row, ReplyRow *result)
{
	ReplyField	   *fields = palloc0(sizeof(ReplyField) * layout->ncolumns);

	if (!row->has[ROLE_PREDICTION])
		drs_jsonrow_refuse("a row has no prediction");
	memcpy(fields, row->fields, sizeof(ReplyField) * NROLES);
	if (layout->nclasses > 0)
		fill_classes(layout, row, fields);
	else if (row->is_list || is_classification(row))
		drs_jsonrow_refuse("predictions are not all of the same kind");
	if (layout->positive >= 0)
	{
		const char *label = layout->classes[layout->positive].label;

		fields[ROLE_POSITIVE_CLASS] = (ReplyField) {unconstify(char *, label), strlen(label)};
	}
	fill_named(layout, layout->extra, layout->nextra, &row->extra, fields);
	fill_named(layout, layout->passed, layout->npassed, &row->passed, fields);
	result->is_number = row->is_number;
	result->nfields = layout->ncolumns;
	result->fields = fields;
	result->npassed = row->passed.count;
	result->has_explanations = row->has_explanations;
	result->nexplanations = row->nexplanations;
	result->explanations = row->explanations;
}

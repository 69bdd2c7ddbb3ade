/*
 * csvlayout.c
 *		Finds the target, the classes and all other parts in the header of a
 *		CSV answer (docs/api.md 1.6).
 *
 * A classification has a column <target>_<class>_PREDICTION for each class
 * and <target>_PREDICTION for the label.  Neither target nor classes are
 * known beforehand, and both may contain underscores or even "_PREDICTION",
 * so the target is found as the one name that all others continue.  Columns
 * that an answer repeats from the query could be mistaken for those, and are
 * left out.
 *
 * Multilabel answers have three columns for each label and none for the
 * target.  Anomaly detection has a column with a fixed name.
 */
#include "postgres.h"

#include "base/names.h"
#include "base/servermessage.h"
#include "decode/csvlayout.h"
#include "decode/explanation.h"
#include "http/parameters.h"

#define SUFFIX "PREDICTION"
#define LABEL_PREFIX "target_"	/* of multilabel columns, unless it is the target's own name */

/*
 * Target and class names are shorter.  Longer ones could exhaust memory: each
 * is repeated in every row of "probabilities".
 */
#define MAX_NAME_BYTES 4096

static void
copy_headers(Layout *layout, const CsvRecord *header)
{
	for (int i = 0; i < header->nfields; i++)
	{
		if (header->fields[i].len > MAX_NAME_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("a column name of the answer is longer than %d bytes",
							MAX_NAME_BYTES)));
		layout->headers[i] = pstrdup(header->fields[i].text ? header->fields[i].text : "");
	}
}

static void
mark_passed(Layout *layout, List *passed)
{
	layout->is_passed = palloc0(sizeof(bool) * Max(layout->ncolumns, 1));
	for (int i = 0; i < layout->ncolumns; i++)
		layout->is_passed[i] = drs_names_have(passed, layout->headers[i]);
}

/*
 * Find the columns whose names are the same for every deployment.  A column
 * that is handed back to the query is not one of them, even if it has such a
 * name.
 */
static void
find_fixed(Layout *layout)
{
	for (int role = 0; role < NROLES; role++)
	{
		const char *name = drs_prediction_header(role);
		int			column = name ? drs_layout_find_exactly(layout, name) : -1;

		drs_layout_set(layout, role, column >= 0 && layout->is_passed[column] ? -1 : column);
	}
}

/* Length of X in "X_PREDICTION"; 0 for "PREDICTION" alone; -1 for other names. */
static int
stem_length(const char *name)
{
	size_t		len = strlen(name);
	size_t		suffix = strlen(SUFFIX);

	if (len < suffix || strcmp(name + len - suffix, SUFFIX) != 0)
		return -1;
	if (len == suffix)
		return 0;
	return name[len - suffix - 1] == '_' ? (int) (len - suffix - 1) : -1;
}

/*
 * The target's column: the one with the shortest stem, if every other stem
 * continues it; -1 when there is none.
 */
static int
find_target(const Layout *layout, const int *stems)
{
	int			target = -1;

	for (int i = 0; i < layout->ncolumns; i++)
		if (stems[i] >= 0 && (target < 0 || stems[i] < stems[target]))
			target = i;
	if (target < 0 || stems[target] == 0)
		return target;			/* "PREDICTION" alone: all others are classes */
	for (int i = 0; i < layout->ncolumns; i++)
		if (stems[i] >= 0 && i != target &&
			(stems[i] <= stems[target] || layout->headers[i][stems[target]] != '_' ||
			 strncmp(layout->headers[i], layout->headers[target], stems[target]) != 0))
			return -1;
	return target;
}

static bool
is_of_query(const Columns *columns, const char *name)
{
	return columns &&
		(drs_names_column(columns->desc, name) >= 0 || drs_columns_find_sent(columns, name) >= 0);
}

/*
 * Find the target's column, and the stems of the columns that may belong to
 * the prediction.  Columns passed through never do: the server refuses names
 * that could be both.  Columns with a name of the query are left out only
 * when no target is found with them.
 */
static int
find_target_among(const Layout *layout, int *stems, const Columns *columns)
{
	int			target;

	for (int i = 0; i < layout->ncolumns; i++)
	{
		stems[i] = layout->is_passed[i] ? -1 : stem_length(layout->headers[i]);
		if (i == layout->roles[ROLE_WARNING])
			stems[i] = -1;		/* "IS_OUTLIER" is no target */
	}
	target = find_target(layout, stems);
	if (target >= 0)
		return target;
	for (int i = 0; i < layout->ncolumns; i++)
		if (stems[i] >= 0 && is_of_query(columns, layout->headers[i]))
			stems[i] = -1;
	return find_target(layout, stems);
}

/* Every other column that has a stem belongs to a class. */
static void
find_classes(Layout *layout, const int *stems)
{
	int			prediction = layout->roles[ROLE_PREDICTION];
	int			skip = stems[prediction] == 0 ? 0 : stems[prediction] + 1;

	layout->target = stems[prediction] == 0 ? NULL :
		pnstrdup(layout->headers[prediction], stems[prediction]);
	layout->classes = palloc0(sizeof(ClassColumn) * layout->ncolumns);
	for (int i = 0; i < layout->ncolumns; i++)
	{
		ClassColumn *class = &layout->classes[layout->nclasses];

		if (i == prediction || stems[i] < skip)
			continue;
		class->label = pnstrdup(layout->headers[i] + skip, stems[i] - skip);
		class->column = i;
		class->decision = class->threshold = -1;
		layout->nclasses++;
	}
}

/* The column with the same stem as the name, but that ending instead of "_PROBABILITY"; or -1. */
static int
find_beside(const Layout *layout, const char *name, const char *ending)
{
	int			stem = (int) (strlen(name) - strlen("_PROBABILITY"));

	return drs_layout_find_exactly(layout, psprintf("%.*s%s", stem, name, ending));
}

/*
 * The length of the prefix that all labels share, up to an underscore and
 * such that something of each label is left.
 */
static size_t
shared_prefix(const ClassColumn *classes, int nclasses)
{
	size_t		shared = strlen(classes[0].label);

	for (int i = 0; i < nclasses; i++)
	{
		size_t		len = 0;

		while (len < shared && classes[i].label[len] == classes[0].label[len])
			len++;
		/* what is left must not be empty */
		shared = classes[i].label[len] == '\0' && len > 0 ? len - 1 : len;
	}
	while (shared > 0 && classes[0].label[shared - 1] != '_')
		shared--;
	return shared;
}

/*
 * Find the labels of multilabel: names with the endings of probability and
 * decision.  False when there are none.
 */
static bool
find_labels(Layout *layout)
{
	size_t		prefix = strlen(LABEL_PREFIX);
	size_t		ending = strlen("_PROBABILITY");

	layout->classes = palloc0(sizeof(ClassColumn) * layout->ncolumns);
	for (int i = 0; i < layout->ncolumns; i++)
	{
		const char *name = layout->headers[i];
		size_t		len = strlen(name);
		ClassColumn *class = &layout->classes[layout->nclasses];

		if (len <= ending || strcmp(name + len - ending, "_PROBABILITY") != 0)
			continue;
		class->column = i;
		class->decision = find_beside(layout, name, "_DECISION");
		class->threshold = find_beside(layout, name, "_THRESHOLD");
		if (class->decision < 0)
			continue;
		class->label = pnstrdup(name, len - ending);
		layout->nclasses++;
	}
	if (layout->nclasses == 0)
		return false;
	for (int i = 0; i < layout->nclasses; i++)
		if (strncmp(layout->classes[i].label, LABEL_PREFIX, prefix) != 0 ||
			layout->classes[i].label[prefix] == '\0')
			prefix = 0;
	if (prefix == 0)
		prefix = shared_prefix(layout->classes, layout->nclasses);
	for (int i = 0; i < layout->nclasses; i++)
		layout->classes[i].label += prefix;
	layout->is_multilabel = true;
	return true;
}

static void
find_prediction(Layout *layout, const Columns *columns)
{
	int		   *stems = palloc(sizeof(int) * Max(layout->ncolumns, 1));
	int			target = find_target_among(layout, stems, columns);
	int			anomaly = drs_layout_find_exactly(layout, "ANOMALY_SCORE");

	if (target >= 0)
	{
		drs_layout_set(layout, ROLE_PREDICTION, target);
		find_classes(layout, stems);
	}
	else if (anomaly >= 0)
	{
		drs_layout_set(layout, ROLE_PREDICTION, anomaly);
		layout->target = "Anomaly Score";	/* as JSON answers name it */
	}
	else if (!find_labels(layout))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer has no prediction column"),
				 errdetail("Its columns are %s.", drs_layout_names(layout))));
	pfree(stems);
}

/* PREDICTION_<size>_PERCENTILE_LOW and _HIGH: the ends of the prediction interval. */
static void
find_interval(Layout *layout)
{
	for (int i = 0; i < layout->ncolumns; i++)
	{
		const char *rest = layout->headers[i];
		size_t		digits;

		if (layout->is_passed[i] || strncmp(rest, "PREDICTION_", strlen("PREDICTION_")) != 0)
			continue;
		rest += strlen("PREDICTION_");
		digits = strspn(rest, "0123456789");
		if (digits > 0 && layout->roles[ROLE_INTERVAL_LOW] < 0 &&
			strcmp(rest + digits, "_PERCENTILE_LOW") == 0)
			drs_layout_set(layout, ROLE_INTERVAL_LOW, i);
		if (digits > 0 && layout->roles[ROLE_INTERVAL_HIGH] < 0 &&
			strcmp(rest + digits, "_PERCENTILE_HIGH") == 0)
			drs_layout_set(layout, ROLE_INTERVAL_HIGH, i);
	}
}

/*
 * The columns of time and series have the user's names, so they are found by
 * position.  The time is between the forecast point and the distance.  With
 * several series, theirs is the outermost column, next to the forecast point
 * on its other side.
 */
static void
find_time(Layout *layout)
{
	int			point = layout->roles[ROLE_FORECAST_POINT];
	int			distance = layout->roles[ROLE_FORECAST_DISTANCE];
	int			step = distance > point ? 1 : -1;
	int			series = point - step;

	if (point < 0 || distance < 0 || distance != point + 2 * step)
		return;
	drs_layout_set(layout, ROLE_FORECAST_TIMESTAMP, point + step);
	if (series == (step > 0 ? 0 : layout->ncolumns - 1))
		drs_layout_set(layout, ROLE_SERIES, series);
}

static bool
has_meaning(const Layout *layout, int column)
{
	for (int role = 0; role < NROLES; role++)
		if (layout->roles[role] == column)
			return true;
	for (int i = 0; i < layout->nclasses; i++)
		if (layout->classes[i].column == column || layout->classes[i].decision == column ||
			layout->classes[i].threshold == column)
			return true;
	for (int i = 0; i < layout->nexplanations; i++)
		if (layout->explanations[i].columns[EXPLAINED_LABEL] == column)
			return true;
	return drs_explanation_is_column(layout->headers[column]);
}

/*
 * Find the columns that the server was asked to hand back, and extra model
 * output: columns that have no other meaning and are not of the query.
 */
static void
find_others(Layout *layout, const Columns *columns)
{
	layout->extra = palloc(sizeof(int) * Max(layout->ncolumns, 1));
	layout->untold = palloc(sizeof(int) * Max(layout->ncolumns, 1));
	layout->passed = palloc(sizeof(int) * Max(layout->ncolumns, 1));
	for (int i = 0; i < layout->ncolumns; i++)
	{
		const char *name = layout->headers[i];

		if (!has_meaning(layout, i))
			layout->untold[layout->nuntold++] = i;
		if (layout->is_passed[i])
			layout->passed[layout->npassed++] = i;
		else if (!has_meaning(layout, i) && !is_of_query(columns, name))
			layout->extra[layout->nextra++] = i;
	}
}

Layout *
drs_csvlayout_read(const CsvRecord *header, const Columns *columns, List *passed)
{
	Layout	   *layout = drs_layout_create(header->nfields);

	copy_headers(layout, header);
	mark_passed(layout, passed);
	drs_layout_sort(layout);
	find_fixed(layout);
	find_prediction(layout, columns);
	find_interval(layout);
	find_time(layout);
	drs_explanation_columns(layout);
	find_others(layout, columns);
	drs_layout_note_numbers(layout);
	return layout;
}

bool
drs_csvlayout_fits(const Layout *layout, const CsvRecord *header)
{
	if (layout->is_json || layout->ncolumns != header->nfields)
		return false;
	for (int i = 0; i < layout->ncolumns; i++)
		if (strcmp(layout->headers[i], header->fields[i].text ? header->fields[i].text : "") != 0)
			return false;
	return true;
}

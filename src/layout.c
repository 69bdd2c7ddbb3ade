/*
 * layout.c
 *		Finds target, classes and the rest in the header of a CSV reply.
 *
 * A classification has a column <target>_<class>_PREDICTION for each class
 * and <target>_PREDICTION for the label.  Neither target nor classes are
 * known beforehand, and both may hold underscores or even "_PREDICTION", so
 * the target is found as the one name of which all others are continuations.
 * PostgreSQL licence.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"

#include "layout.h"
#include "message.h"
#include "request.h"

#define SUFFIX "PREDICTION"

/* Target and class names are shorter; each name is repeated in every row of "probabilities". */
#define MAX_NAME_BYTES 4096

/* Length of X in "X_PREDICTION"; 0 for "PREDICTION" alone; -1 when the name does not end so. */
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
		return target;			/* "PREDICTION" alone: every other is a class of it */
	for (int i = 0; i < layout->ncolumns; i++)
		if (stems[i] >= 0 && i != target &&
			(stems[i] <= stems[target] || layout->headers[i][stems[target]] != '_' ||
			 strncmp(layout->headers[i], layout->headers[target], stems[target]) != 0))
			return -1;
	return target;
}

/* Everything but the target that ends in _PREDICTION is the column of a class. */
static void
find_classes(Layout *layout, const int *stems)
{
	int			target = stems[layout->prediction];
	int			skip = target == 0 ? 0 : target + 1;

	layout->classes = palloc(sizeof(ClassColumn) * layout->ncolumns);
	for (int i = 0; i < layout->ncolumns; i++)
	{
		if (i == layout->prediction || stems[i] < skip)
			continue;
		layout->classes[layout->nclasses].label = pnstrdup(layout->headers[i] + skip, stems[i] - skip);
		layout->classes[layout->nclasses].column = i;
		layout->nclasses++;
	}
}

static int
find_exactly(const Layout *layout, const char *name)
{
	for (int i = 0; i < layout->ncolumns; i++)
		if (strcmp(layout->headers[i], name) == 0)
			return i;
	return -1;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
check_names_are_unique(const Layout *layout)
{
	char	  **names = palloc(sizeof(char *) * layout->ncolumns);

	memcpy(names, layout->headers, sizeof(char *) * layout->ncolumns);
	qsort(names, layout->ncolumns, sizeof(char *), compare_names);
	for (int i = 1; i < layout->ncolumns; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer has two columns \"%s\"", drs_one_line(names[i], strlen(names[i]), 100))));
	pfree(names);
}

static void
copy_headers(Layout *layout, const CsvRecord *header)
{
	layout->ncolumns = header->nfields;
	layout->headers = palloc(sizeof(char *) * header->nfields);
	for (int i = 0; i < header->nfields; i++)
	{
		if (header->fields[i].len > MAX_NAME_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("a column name of the answer is longer than %d bytes", MAX_NAME_BYTES)));
		layout->headers[i] = pstrdup(header->fields[i].text ? header->fields[i].text : "");
	}
}

Layout *
drs_layout_read(const CsvRecord *header)
{
	Layout	   *layout = palloc0(sizeof(Layout));
	int		   *stems = palloc(sizeof(int) * Max(header->nfields, 1));

	copy_headers(layout, header);
	for (int i = 0; i < layout->ncolumns; i++)
		stems[i] = stem_length(layout->headers[i]);
	layout->prediction = find_target(layout, stems);
	if (layout->prediction < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer has no prediction column"),
				 errdetail("Its columns are %s.", drs_layout_names(layout))));
	check_names_are_unique(layout);
	find_classes(layout, stems);
	layout->threshold = find_exactly(layout, "THRESHOLD");
	layout->positive_class = find_exactly(layout, "POSITIVE_CLASS");
	layout->order = find_exactly(layout, DRS_ORDER_COLUMN);
	return layout;
}

bool
drs_layout_fits(const Layout *layout, const CsvRecord *header)
{
	if (layout->ncolumns != header->nfields)
		return false;
	for (int i = 0; i < layout->ncolumns; i++)
		if (strcmp(layout->headers[i], header->fields[i].text ? header->fields[i].text : "") != 0)
			return false;
	return true;
}

int
drs_layout_find(const Layout *layout, const char *name)
{
	int			found = find_exactly(layout, name);

	for (int i = 0; i < layout->ncolumns && found < 0; i++)
		if (pg_strcasecmp(layout->headers[i], name) == 0)
			found = i;
	return found;
}

/* Does the whole text stand for a number? */
static bool
is_number(const char *text, double *number)
{
	char	   *end;

	*number = strtod(text, &end);
	return end != text && *end == '\0' && !isnan(*number);
}

int
drs_layout_class(const Layout *layout, const char *label)
{
	double		wanted,
				number;

	for (int i = 0; i < layout->nclasses; i++)
		if (strcmp(layout->classes[i].label, label) == 0)
			return i;
	if (!is_number(label, &wanted))
		return -1;
	for (int i = 0; i < layout->nclasses; i++)
		if (is_number(layout->classes[i].label, &number) && number == wanted)
			return i;
	return -1;
}

char *
drs_layout_names(const Layout *layout)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < layout->ncolumns && names.len < 500; i++)
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "",
						 drs_one_line(layout->headers[i], strlen(layout->headers[i]), 100));
	if (names.len >= 500)
		appendStringInfoString(&names, ", ...");
	return names.data;
}

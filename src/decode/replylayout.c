/*
 * replylayout.c
 *		Finds columns of answers by name and by meaning.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/servermessage.h"
#include "decode/replylayout.h"

#define MAX_NAMES_BYTES 500		/* of a message */

Layout *
drs_layout_create(int ncolumns)
{
	Layout	   *layout = palloc0(sizeof(Layout));

	layout->ncolumns = ncolumns;
	layout->positive = -1;
	layout->headers = palloc0(sizeof(char *) * Max(ncolumns, 1));
	layout->numbers = palloc0(sizeof(FieldNumber) * Max(ncolumns, 1));
	for (int role = 0; role < NROLES; role++)
		layout->roles[role] = -1;
	return layout;
}

static int
compare_columns(const void *a, const void *b, void *arg)
{
	const Layout *layout = arg;

	return strcmp(layout->headers[*(const int *) a], layout->headers[*(const int *) b]);
}

void
drs_layout_sort(Layout *layout)
{
	layout->sorted = palloc(sizeof(int) * Max(layout->ncolumns, 1));
	layout->nsorted = 0;
	for (int i = 0; i < layout->ncolumns; i++)
		if (layout->headers[i])
			layout->sorted[layout->nsorted++] = i;
	qsort_arg(layout->sorted, layout->nsorted, sizeof(int), compare_columns, layout);
	for (int i = 1; i < layout->nsorted; i++)
	{
		const char *name = layout->headers[layout->sorted[i]];

		if (strcmp(layout->headers[layout->sorted[i - 1]], name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer has two columns \"%s\"",
							drs_one_line(name, strlen(name), 100))));
	}
}

void
drs_layout_set(Layout *layout, LayoutRole role, int column)
{
	layout->roles[role] = column;
	layout->has[role] = column >= 0;
}

void
drs_layout_note_numbers(Layout *layout)
{
	for (int role = 0; role < NROLES; role++)
		if (layout->roles[role] >= 0 && drs_prediction_content(role) == CONTENT_NUMBER)
			layout->numbers[layout->roles[role]] = NUMBER_FINITE;
	if (layout->nclasses == 0 && layout->roles[ROLE_PREDICTION] >= 0)
		layout->numbers[layout->roles[ROLE_PREDICTION]] = NUMBER_PREDICTION;
	for (int i = 0; i < layout->nclasses; i++)
	{
		layout->numbers[layout->classes[i].column] = NUMBER_PROBABILITY;
		if (layout->classes[i].threshold >= 0)
			layout->numbers[layout->classes[i].threshold] = NUMBER_FINITE;
	}
}

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
drs_layout_equal(const Layout *a, const Layout *b)
{
	if (a->is_json != b->is_json || a->ncolumns != b->ncolumns || a->nclasses != b->nclasses ||
		a->is_multilabel != b->is_multilabel || !same_name(a->target, b->target) ||
		a->nextra != b->nextra ||
		a->npassed != b->npassed || a->asks_positive != b->asks_positive ||
		(!a->asks_positive && a->positive != b->positive) ||
		a->has_explanations != b->has_explanations || a->has_ngrams != b->has_ngrams ||
		memcmp(a->roles, b->roles, sizeof(a->roles)) != 0 ||
		memcmp(a->has, b->has, sizeof(a->has)) != 0)
		return false;
	for (int i = 0; i < a->ncolumns; i++)
		if (!same_name(a->headers[i], b->headers[i]))
			return false;
	for (int i = 0; i < a->nclasses; i++)
		if (strcmp(a->classes[i].label, b->classes[i].label) != 0 ||
			a->classes[i].column != b->classes[i].column)
			return false;
	return a->nextra == 0 || memcmp(a->extra, b->extra, sizeof(int) * a->nextra) == 0;
}

int
drs_layout_find_exactly(const Layout *layout, const char *name)
{
	int			low = 0;
	int			high = layout->nsorted;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(name, layout->headers[layout->sorted[middle]]);

		if (order == 0)
			return layout->sorted[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/*
 * The length of what comes before the ending in the name; 0 if the name does
 * not have that ending.
 */
static size_t
stem_before(const char *name, const char *ending)
{
	size_t		len = strlen(name);
	size_t		rest = strlen(ending);

	return len > rest && strcmp(name + len - rest, ending) == 0 ? len - rest : 0;
}

/*
 * The class whose label, after an underscore, ends the first stem bytes of
 * the name; of several, the longest; or -1.
 */
static int
class_at_end(const Layout *layout, const char *name, size_t stem)
{
	size_t		longest = 0;
	int			found = -1;

	for (int i = 0; i < layout->nclasses; i++)
	{
		const char *label = layout->classes[i].label;
		size_t		len = strlen(label);

		if (len < longest || stem <= len + 1 || name[stem - len - 1] != '_' ||
			strncmp(name + stem - len, label, len) != 0)
			continue;
		found = i;
		longest = len;
	}
	return found;
}

void
drs_layout_imply_target(Layout *layout, const char *name)
{
	size_t		stem = stem_before(name, "_PREDICTION");
	int			class;

	if (!layout->is_json || layout->is_multilabel || layout->nclasses == 0 || stem == 0 ||
		drs_layout_find_exactly(layout, name) >= 0)
		return;
	class = class_at_end(layout, name, stem);
	if (class >= 0)
		layout->implied_target = pnstrdup(name, stem - strlen(layout->classes[class].label) - 1);
	else if (layout->implied_target == NULL)
		layout->implied_target = pnstrdup(name, stem);
}

/* Are the first len bytes of the name the target? */
static bool
is_target(const Layout *layout, const char *name, size_t len)
{
	return layout->is_multilabel ||
		(layout->implied_target && strlen(layout->implied_target) == len &&
		 strncmp(name, layout->implied_target, len) == 0);
}

static int
probability_of(const Layout *layout, int class)
{
	return layout->classes[class].column;
}

static int
decision_of(const Layout *layout, int class)
{
	return layout->classes[class].decision;
}

static int
threshold_of(const Layout *layout, int class)
{
	return layout->roles[ROLE_THRESHOLD];
}

/* How CSV ends the names of columns that begin with target and class. */
typedef struct NameEnding
{
	const char *ending;
	bool		is_multilabel;	/* the kind of answer that has it */
	int			(*column) (const Layout *layout, int class);
} NameEnding;

static const NameEnding endings[] = {
	{"_PREDICTION", false, probability_of},
	{"_PROBABILITY", true, probability_of},
	{"_DECISION", true, decision_of},
	{"_THRESHOLD", true, threshold_of},
};

/*
 * The column of a JSON answer that a CSV answer would give that name, which
 * includes a target that JSON does not name.
 */
static int
find_with_target(const Layout *layout, const char *name)
{
	for (size_t i = 0; i < lengthof(endings); i++)
	{
		size_t		stem = stem_before(name, endings[i].ending);
		int			class;

		if (endings[i].is_multilabel != layout->is_multilabel || stem == 0)
			continue;
		if (!layout->is_multilabel && is_target(layout, name, stem))
			return layout->roles[ROLE_PREDICTION];
		class = class_at_end(layout, name, stem);
		if (class >= 0 && is_target(layout, name, stem - strlen(layout->classes[class].label) - 1))
			return endings[i].column(layout, class);
	}
	return -1;
}

/*
 * Is the header too long for a name of PostgreSQL, and the name what remains
 * of it when truncated?
 */
static bool
is_cut_off(const char *header, const char *name)
{
	size_t		len = header ? strlen(header) : 0;
	size_t		rest = strlen(name);

	return len >= NAMEDATALEN &&
		(size_t) pg_mbcliplen(header, (int) len, NAMEDATALEN - 1) == rest &&
		memcmp(header, name, rest) == 0;
}

/* The same for the name of a column, which in JSON lacks the target. */
static bool
is_cut_off_column(const Layout *layout, int column, const char *name)
{
	const char *header = layout->headers[column];

	return is_cut_off(header, name) ||
		(header && layout->implied_target &&
		 is_cut_off(psprintf("%s_%s", layout->implied_target, header), name));
}

/*
 * The column whose name is truncated to this one, or else found, which may be
 * -1.  Raises 42702 when there are several.
 */
static int
find_cut_off(const Layout *layout, const char *name, int found)
{
	for (int i = 0; i < layout->ncolumns; i++)
	{
		if (i == found || !is_cut_off_column(layout, i, name))
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the name \"%s\" could be that of several columns of the answer",
							name),
					 errdetail("Names have at most %d bytes; \"%s\" and \"%s\""
							   " are both truncated to this one.",
							   NAMEDATALEN - 1, layout->headers[found], layout->headers[i]),
					 errhint("\"probabilities\" contains the classes by their full names.")));
		found = i;
	}
	return found;
}

int
drs_layout_find(const Layout *layout, const char *name)
{
	bool		lacks_target = layout->is_json && layout->nclasses > 0;
	int			found = -1;

	/* first with the implied target, since a class may have the same name as the target */
	if (lacks_target && layout->implied_target)
		found = find_with_target(layout, name);
	if (found < 0)
		found = drs_layout_find_exactly(layout, name);
	if (found < 0 && lacks_target)
		found = find_with_target(layout, name);
	for (int i = 0; i < layout->ncolumns && found < 0; i++)
		if (layout->headers[i] && pg_strcasecmp(layout->headers[i], name) == 0)
			found = i;
	if (strlen(name) + MAX_MULTIBYTE_CHAR_LEN >= NAMEDATALEN)
		found = find_cut_off(layout, name, found);
	return found;
}

/* Is the whole text a number? */
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
	for (int i = 0; i < layout->ncolumns && names.len < MAX_NAMES_BYTES; i++)
		if (layout->headers[i])
			appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
							 drs_one_line(layout->headers[i], strlen(layout->headers[i]), 100));
	if (names.len >= MAX_NAMES_BYTES)
		appendStringInfoString(&names, ", ...");
	return names.data;
}

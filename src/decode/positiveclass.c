/*
 * positiveclass.c
 *		Infers from rows of an answer which of two classes is the positive one.
 *
 * With a threshold of 0.5 and labels as predictions, no row proves anything:
 * the more probable class is predicted, whichever is the positive one.  With
 * another threshold t, rows with a probability between t and 1 - t do, and
 * where predictions are 1 and 0, nearly all rows do.
 */
#include "postgres.h"

#include <math.h>

#include "decode/plausible.h"
#include "decode/positiveclass.h"

/* The number in a field; NaN when there is none. */
static double
number_of(const ReplyField *field)
{
	return field->text && drs_is_number(field->text) ? strtod(field->text, NULL) : NAN;
}

/* Was the row predicted to be positive, if that class is the positive one? */
static bool
is_decided(const Layout *layout, const char *prediction, int class)
{
	int			predicted = drs_layout_class(layout, prediction);

	return predicted >= 0 ? predicted == class : strtod(prediction, NULL) == 1;
}

int
drs_positiveclass_shown(const Layout *layout, const ReplyRow *row, double margin, bool *may_show)
{
	const char *prediction = row->fields[layout->roles[ROLE_PREDICTION]].text;
	double		threshold = number_of(&row->fields[layout->roles[ROLE_THRESHOLD]]);
	bool		fits[2];

	if (prediction == NULL || row->fields[layout->roles[ROLE_HUMILITY]].text)
		return -1;				/* a rule may have overridden it */
	if (drs_layout_class(layout, prediction) < 0 && strcmp(prediction, "1") != 0 &&
		strcmp(prediction, "0") != 0)
		return -1;
	*may_show = !isnan(threshold) &&
		(drs_layout_class(layout, prediction) < 0 || fabs(threshold - 0.5) > margin);
	for (int i = 0; i < 2; i++)
	{
		double		above = number_of(&row->fields[layout->classes[i].column]) - threshold;

		if (isnan(above) || fabs(above) <= margin)
			return -1;
		fits[i] = (above > 0) == is_decided(layout, prediction, i);
	}
	return fits[0] == fits[1] ? -1 : fits[0] ? 0 : 1;
}

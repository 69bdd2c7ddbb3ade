/*
 * plausible.c
 *		Checks that numbers of an answer are possible values.
 *
 * A number that is not finite, or a probability outside of 0 to 1, is refused
 * whatever the type of the column it goes into.  Most values are accepted by
 * a look at their characters.
 */
#include "postgres.h"

#include <math.h>

#include "base/servermessage.h"
#include "decode/plausible.h"

#define DIGITS "0123456789"
#define MAX_WHOLE 300			/* digits of a number that cannot overflow */
#define MAX_QUOTED 40			/* bytes of a value in a message */

bool
drs_is_number(const char *text)
{
	const char *c = text + (*text == '-');
	size_t		whole = strspn(c, DIGITS);
	size_t		fraction;
	double		number;
	char	   *end;

	c += whole;
	fraction = *c == '.' ? strspn(c + 1, DIGITS) : 0;
	c += *c == '.' ? fraction + 1 : 0;
	if (*c == '\0' && whole + fraction > 0 && whole < MAX_WHOLE)
		return true;			/* nearly all of them */
	if (text[strspn(text, "0123456789.-+eE \t\r\n")] != '\0')
		return false;			/* strtod() knows hexadecimal numbers and words, too */
	number = strtod(text, &end);
	return end != text && end[strspn(end, " \t\r\n")] == '\0' && !isinf(number);
}

bool
drs_read_number(const char *text, double *number)
{
	const char *c = text + (*text == '-');
	char	   *end;

	if (c[0] < '0' || c[0] > '9' || c[1] == 'x' || c[1] == 'X')
		return false;
	errno = 0;
	*number = strtod(text, &end);
	return *end == '\0' && errno == 0;
}

bool
drs_is_no_number(const char *text)
{
	static const char *const words[] = {"nan", "inf", "infinity"};

	if (isinf(strtod(text, NULL)) && strpbrk(text, "0123456789"))
		return true;			/* too large for any double */
	text += *text == '-' || *text == '+';
	for (size_t i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

pg_attribute_cold static void
refuse_number(const ReplyField *field)
{
	ereport(ERROR,
			(errcode(drs_is_no_number(field->text) ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE :
					 ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("the answer has \"%s\" for a number",
					drs_one_line(field->text, field->len, MAX_QUOTED))));
}

void
drs_check_number(const ReplyField *field)
{
	if (field->text && !drs_is_number(field->text))
		refuse_number(field);
}

void
drs_check_probability(const ReplyField *field)
{
	double		value;

	if (field->text == NULL)
		return;
	if (field->text[0] == '0' && field->text[1] == '.' && field->text[2] != '\0' &&
		field->text[2 + strspn(field->text + 2, DIGITS)] == '\0')
		return;					/* nearly all of them */
	drs_check_number(field);
	value = strtod(field->text, NULL);
	if (value < -DRS_PROBABILITY_FUZZ || value > 1 + DRS_PROBABILITY_FUZZ)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the answer has \"%s\" for a probability",
						drs_one_line(field->text, field->len, MAX_QUOTED))));
}

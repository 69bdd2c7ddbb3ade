/*
 * datetemplate.c
 *		Translates directives of strptime into patterns of to_char.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "api/datetemplate.h"

static const struct
{
	char		directive;
	const char *pattern;
}			patterns[] =
{
	{'Y', "YYYY"}, {'y', "YY"}, {'m', "MM"}, {'d', "DD"}, {'j', "DDD"}, {'b', "Mon"},
	{'B', "FMMonth"}, {'H', "HH24"}, {'I', "HH12"}, {'M', "MI"}, {'S', "SS"}, {'f', "US"},
	{'p', "AM"}, {'a', "Dy"}, {'A', "FMDay"}, {'%', "\"%\""},
};

static const char *
find_pattern(char directive)
{
	for (size_t i = 0; i < lengthof(patterns); i++)
		if (patterns[i].directive == directive)
			return patterns[i].pattern;
	return NULL;
}

char *
drs_date_template(const char *format)
{
	StringInfoData template;

	initStringInfo(&template);
	for (const char *c = format; *c; c++)
	{
		const char *pattern = *c == '%' ? find_pattern(c[1]) : NULL;

		if (*c == '%' && pattern == NULL)
			return NULL;
		if (pattern)
		{
			appendStringInfoString(&template, pattern);
			c++;
		}
		else if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '"' || *c == '\\')
			appendStringInfo(&template, "\"%s%c\"", *c == '"' || *c == '\\' ? "\\" : "", *c);
		else
			appendStringInfoChar(&template, *c);
	}
	return template.data;
}

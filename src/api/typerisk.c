/*
 * typerisk.c
 *		Compares feature types (docs/api.md 4.2) with what encode.c makes of SQL types.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/datetemplate.h"
#include "api/typerisk.h"
#include "base/datetimetext.h"

static bool
is_one_of(const char *type, const char *const *names)
{
	for (; *names; names++)
		if (pg_strcasecmp(type, *names) == 0)
			return true;
	return false;
}

static FeatureStatus
at_risk(char **detail, const char *why)
{
	*detail = pstrdup(why);
	return FEATURE_TYPE_AT_RISK;
}

static FeatureStatus
number_risk(Oid type, char category, char **detail)
{
	if (type == CASHOID)
		return at_risk(detail, "Sent with a currency sign: cast it to numeric.");
	switch (category)
	{
		case TYPCATEGORY_NUMERIC:
			return FEATURE_MATCHED;
		case TYPCATEGORY_BOOLEAN:
			return at_risk(detail, "Sent as true and false, not as 1 and 0: cast it to integer.");
		case TYPCATEGORY_STRING:
		case TYPCATEGORY_ENUM:
			return at_risk(detail,
						   "Sent as text: a value that is not a number is refused or treated as"
						   " missing.");
		default:
			return at_risk(detail, "Values of this type are not numbers.");
	}
}

static FeatureStatus
category_risk(const char *feature_type, Oid type, char category, char **detail)
{
	switch (category)
	{
		case TYPCATEGORY_STRING:
		case TYPCATEGORY_ENUM:
			return FEATURE_MATCHED;
		case TYPCATEGORY_BOOLEAN:
			if (pg_strcasecmp(feature_type, "Boolean") == 0)
				return FEATURE_MATCHED;
			return at_risk(detail,
						   "Sent as true and false: categories must be spelled as in training.");
		case TYPCATEGORY_NUMERIC:
			if (type == INT2OID || type == INT4OID || type == INT8OID)
				return FEATURE_MATCHED;
			return at_risk(detail, "Sent with a fraction: 1 and 1.0 are different categories.");
		default:
			return at_risk(detail, "Categories must be spelled as in training.");
	}
}

static FeatureStatus
text_risk(char category, char **detail)
{
	switch (category)
	{
		case TYPCATEGORY_STRING:
		case TYPCATEGORY_ENUM:
		case TYPCATEGORY_USER:
			return FEATURE_MATCHED;
		default:
			return at_risk(detail, "Values of this type are not text.");
	}
}

static FeatureStatus
date_risk(const char *format, const char *column, Oid type, char category, char **detail)
{
	const char *sent = drs_datetime_format(type);
	char	   *template = format ? drs_date_template(format) : NULL;

	if (sent == NULL && category != TYPCATEGORY_STRING)
		return at_risk(detail, "Values of this type are not dates.");
	if (format == NULL || (sent && strcmp(sent, format) == 0))
		return FEATURE_MATCHED;
	if (sent == NULL)
		*detail = psprintf("The text must have the format %s.", format);
	else if (template)
		*detail = psprintf("Sent as %s, but the model expects %s: use to_char(%s, %s).", sent,
						   format, quote_identifier(column), quote_literal_cstr(template));
	else
		*detail = psprintf("Sent as %s, but the model expects %s.", sent, format);
	return FEATURE_DATE_FORMAT;
}

FeatureStatus
drs_type_risk(const ModelFeature *feature, const char *column, Oid type, char **detail)
{
	static const char *const numbers[] = {"Numeric", "Currency", "Percentage", "Length", NULL};
	static const char *const categories[] = {"Categorical", "Boolean", NULL};
	static const char *const texts[] = {"Text", NULL};
	static const char *const dates[] = {"Date", "Time", NULL};
	char		category;
	bool		preferred;

	*detail = NULL;
	if (feature->type == NULL)
		return FEATURE_MATCHED;
	type = getBaseType(type);
	get_type_category_preferred(type, &category, &preferred);
	if (is_one_of(feature->type, numbers))
		return number_risk(type, category, detail);
	if (is_one_of(feature->type, categories))
		return category_risk(feature->type, type, category, detail);
	if (is_one_of(feature->type, texts))
		return text_risk(category, detail);
	if (is_one_of(feature->type, dates))
		return date_risk(feature->date_format, column, type, category, detail);
	return type == BYTEAOID ? at_risk(detail, "Sent as \\x and hexadecimal digits.") :
		FEATURE_MATCHED;
}

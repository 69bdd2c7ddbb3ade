#include "batch/batch_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamps.h"

bool
batch_is_id(const char *text)
{
	return text && strlen(text) == 24 && strspn(text, "0123456789abcdefABCDEF") == 24;
}

json_t *
batch_member(const json_t *object, const char *name)
{
	json_t	   *value = json_object_get(object, name);

	return value && !json_is_null(value) ? value : NULL;
}

const char *
batch_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
batch_truth(const json_t *object, const char *name, bool otherwise)
{
	const json_t *value = batch_member(object, name);

	return value ? json_is_true(value) : otherwise;
}

bool
batch_is_word(const char *words, const char *text)
{
	size_t		len = text ? strlen(text) : 0;

	for (const char *at = words; len && at && *at; at += strspn(at, " "))
	{
		size_t		width = strcspn(at, " ");

		if (width == len && strncmp(at, text, len) == 0)
			return true;
		at += width;
	}
	return false;
}

void
batch_fields_error(json_t *errors, const char *prefix, const char *name, const char *why)
{
	char		path[256];

	snprintf(path, sizeof path, "%s%s", prefix, name);
	if (!json_object_get(errors, path))
		json_object_set_new(errors, path, json_string(why));
}

/* NULL, or why the number is not allowed. */
static const char *
find_range_fault(const json_t *value, const struct batch_field *f)
{
	static __thread char why[64];
	double		number = json_number_value(value);

	if ((f->least == 0 && f->most == 0) || (number >= f->least && number <= f->most))
		return NULL;
	snprintf(why, sizeof why, number < f->least ? "value is less than %.15g"
			 : "value is greater than %.15g", number < f->least ? f->least : f->most);
	return why;
}

static const char *
find_text_fault(const json_t *value, const struct batch_field *f)
{
	const char *text = json_string_value(value);
	int64_t		seconds;

	if (!text)
		return "value is not a string";
	if (!*text)
		return "blank value is not allowed";
	if (f->type == FIELD_ID && !batch_is_id(text))
		return "value is not a valid id";
	if (f->type == FIELD_TIME && !timestamp_parse_iso(text, &seconds))
		return "value is not a valid date and time";
	return NULL;
}

static const char *
find_list_fault(const json_t *value)
{
	size_t		i;
	const json_t *item;

	if (!json_is_array(value))
		return "value is not a list";
	json_array_foreach(value, i, item)
		if (!json_is_string(item))
			return "an item is not a string";
	return NULL;
}

/* NULL, or why the value is not one of the words, nor a number where that is allowed. */
static const char *
find_choice_fault(const json_t *value, const struct batch_field *f)
{
	if (f->type == FIELD_INT_OR_CHOICE && json_is_integer(value))
		return find_range_fault(value, f);
	if (batch_is_word(f->words, json_string_value(value)))
		return NULL;
	return "value doesn't match any variant";
}

/* NULL, or what is wrong with the value. */
static const char *
find_fault(const json_t *value, const struct batch_field *f)
{
	switch (f->type)
	{
		case FIELD_ID:
		case FIELD_TEXT:
		case FIELD_TIME:
			return find_text_fault(value, f);
		case FIELD_BOOL:
			return json_is_boolean(value) ? NULL : "value should be True or False";
		case FIELD_INT:
			return json_is_integer(value) ? find_range_fault(value, f) : "value is not int";
		case FIELD_NUMBER:
			return json_is_number(value) ? find_range_fault(value, f)
				: "value can't be converted to float";
		case FIELD_TEXTS:
			return find_list_fault(value);
		case FIELD_CHOICE:
		case FIELD_INT_OR_CHOICE:
			return find_choice_fault(value, f);
		case FIELD_OBJECT:
			return json_is_object(value) ? NULL : "value is not dict";
		case FIELD_LIST:
			return json_is_array(value) ? NULL : "value is not a list";
		case FIELD_OBJECT_OR_LIST:
			return json_is_object(value) || json_is_array(value) ? NULL
				: "value is neither dict nor a list";
	}
	return NULL;
}

static const struct batch_field *
find(const struct batch_field *table, const char *name)
{
	for (; table && table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

void
batch_fields_check(const json_t *object, const struct batch_field *table,
				   const struct batch_field *more, const char *prefix, json_t *errors)
{
	const char *name;
	json_t	   *value;

	json_object_foreach((json_t *) object, name, value)
	{
		const struct batch_field *f = find(table, name);
		char		why[128];

		if (!f && !(f = find(more, name)))
		{
			snprintf(why, sizeof why, "%.80s is not allowed key", name);
			batch_fields_error(errors, prefix, name, why);
		}
		else if (!json_is_null(value) && find_fault(value, f))
			batch_fields_error(errors, prefix, name, find_fault(value, f));
	}
	for (const struct batch_field *f = table; f->name; f++)
		if (f->required && !batch_member(object, f->name))
			batch_fields_error(errors, prefix, f->name, "is required");
}

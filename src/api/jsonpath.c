/*
 * jsonpath.c
 *		Looks up members of jsonb objects by their paths.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "base/jsonbcursor.h"

/* Find the member at the end of the path; false when there is none. */
static bool
find_value(JsonbContainer *object, const char *path, JsonbValue *value)
{
	while (object && JsonContainerIsObject(object))
	{
		size_t		len = strcspn(path, ".");

		if (getKeyJsonValueFromContainer(object, path, (int) len, value) == NULL)
			return false;
		if (path[len] == '\0')
			return true;
		object = value->type == jbvBinary ? value->val.binary.data : NULL;
		path += len + 1;
	}
	return false;
}

char *
drs_jsonpath_text(JsonbContainer *object, const char *path)
{
	JsonbValue	value;

	return find_value(object, path, &value) ? drs_jsonb_text(&value) : NULL;
}

JsonbContainer *
drs_jsonpath_container(JsonbContainer *object, const char *path)
{
	JsonbValue	value;

	return find_value(object, path, &value) && value.type == jbvBinary ? value.val.binary.data :
		NULL;
}

List *
drs_jsonpath_texts(JsonbContainer *object, const char *path)
{
	JsonbContainer *array = drs_jsonpath_container(object, path);
	List	   *texts = NIL;

	if (array == NULL || !JsonContainerIsArray(array))
		return NIL;
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, i);

		if (element && element->type == jbvString)
			texts = lappend(texts, drs_jsonb_text(element));
	}
	return texts;
}

bool
drs_jsonpath_is_true(JsonbContainer *object, const char *path)
{
	JsonbValue	value;

	return find_value(object, path, &value) && value.type == jbvBool && value.val.boolean;
}

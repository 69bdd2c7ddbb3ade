/*
 * jsonbcursor.c
 *		Iterates over the members of a jsonb object or the elements of an
 *		array.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/jsonbcursor.h"

JsonbCursor
drs_jsonb_open(JsonbContainer *container)
{
	JsonbCursor cursor = {.it = JsonbIteratorInit(container)};

	(void) JsonbIteratorNext(&cursor.it, &cursor.value, true);	/* its beginning */
	return cursor;
}

bool
drs_jsonb_next(JsonbCursor *cursor)
{
	JsonbIteratorToken token = JsonbIteratorNext(&cursor->it, &cursor->value, true);

	cursor->name = NULL;
	if (token != WJB_KEY)
		return token == WJB_ELEM;
	cursor->name = pnstrdup(cursor->value.val.string.val, cursor->value.val.string.len);
	(void) JsonbIteratorNext(&cursor->it, &cursor->value, true);
	return true;
}

char *
drs_jsonb_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/*
 * jsonbcursor.h
 *		Iterates over the members of a jsonb object or the elements of an
 *		array.
 */
#ifndef DRS_JSONBCURSOR_H
#define DRS_JSONBCURSOR_H

#include "utils/jsonb.h"

typedef struct JsonbCursor
{
	JsonbIterator *it;
	char	   *name;			/* of the member, palloc'd in the current
								 * memory context; NULL in an array */
	JsonbValue	value;			/* objects and arrays are jbvBinary; points into the container */
} JsonbCursor;

/* Begin before the first member or element.  The container must outlive the cursor. */
extern JsonbCursor drs_jsonb_open(JsonbContainer *container);

/* Advance to the next one; false after the last.  Does not descend into values. */
extern bool drs_jsonb_next(JsonbCursor *cursor);

/* The text of a string, a number or a boolean, palloc'd; NULL for anything else. */
extern char *drs_jsonb_text(const JsonbValue *value);

#endif							/* DRS_JSONBCURSOR_H */

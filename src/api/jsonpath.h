/*
 * jsonpath.h
 *		Reads members of JSON objects that others have written: nothing is
 *		taken for granted, and what is absent or of another kind is NULL.
 */
#ifndef DRS_JSONPATH_H
#define DRS_JSONPATH_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/*
 * The member at the end of a path of names, such as "model.id": the text of a
 * scalar, palloc'd; NULL when a part of the path is missing, and for null,
 * objects and arrays.  A name in a path has no dot.
 */
extern char *drs_jsonpath_text(JsonbContainer *object, const char *path);

/* The object or array there, within the given one; NULL when there is none. */
extern JsonbContainer *drs_jsonpath_container(JsonbContainer *object, const char *path);

/* The strings of the array there, of char *, palloc'd; NIL when there is none. */
extern List *drs_jsonpath_texts(JsonbContainer *object, const char *path);

/* Is it true there? */
extern bool drs_jsonpath_is_true(JsonbContainer *object, const char *path);

#endif							/* DRS_JSONPATH_H */

/*
 * jsonpath.h
 *		Reads members of JSON objects from other programs, which may lack them
 *		or have something else in their place: then the result is NULL.
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

/* The object or array at the end of the path, within the given object; NULL when there is none. */
extern JsonbContainer *drs_jsonpath_container(JsonbContainer *object, const char *path);

/* The strings in the array at the end of the path, of char *, palloc'd; NIL when there is none. */
extern List *drs_jsonpath_texts(JsonbContainer *object, const char *path);

/* Is true at the end of the path? */
extern bool drs_jsonpath_is_true(JsonbContainer *object, const char *path);

#endif							/* DRS_JSONPATH_H */

/*
 * jsonbtext.h
 *		JSON as text: built piece by piece, then parsed.
 */
#ifndef DRS_JSONBTEXT_H
#define DRS_JSONBTEXT_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* Append a value of any kind as JSON. */
extern void drs_jsonbtext_append(StringInfo json, const JsonbValue *value);

/*
 * Append a comma, unless an object or array was just begun; then a name and a colon, unless
 * name is NULL.
 */
extern void drs_jsonbtext_name(StringInfo json, const char *name);

/* Append a comma if one is due, a name and a string. */
extern void drs_jsonbtext_text(StringInfo json, const char *name, const char *text);

/* Append a list of char * as an array of strings. */
extern void drs_jsonbtext_strings(StringInfo json, List *strings);

/* Parse JSON, in the current memory context.  Raises for what is none. */
extern Jsonb *drs_jsonbtext_parse(const char *json);

#endif							/* DRS_JSONBTEXT_H */

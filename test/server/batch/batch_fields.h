/* Checks the fields of a JSON object against a table: names, types, ranges (docs/api.md 2.4). */
#ifndef STANDIN_BATCH_FIELDS_H
#define STANDIN_BATCH_FIELDS_H

#include <jansson.h>
#include <stdbool.h>

enum field_type
{
	FIELD_ID,					/* 24 hexadecimal digits */
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_INT,
	FIELD_NUMBER,
	FIELD_TIME,
	FIELD_TEXTS,				/* a list of texts */
	FIELD_CHOICE,				/* one of the words */
	FIELD_INT_OR_CHOICE,
	FIELD_OBJECT,
	FIELD_LIST,
	FIELD_OBJECT_OR_LIST
};

struct batch_field
{
	const char *name;			/* NULL: the end of the table */
	enum field_type type;
	bool		required;
	double		least;			/* of numbers; both 0: any */
	double		most;
	const char *words;			/* the choices, separated by spaces */
};

/*
 * Adds an error for each field that is unknown, missing or wrong: its path, which begins with the
 * prefix, and why. A null counts as missing. `more` are names that are allowed besides, or NULL.
 */
void		batch_fields_check(const json_t *object, const struct batch_field *table,
							   const struct batch_field *more, const char *prefix, json_t *errors);

/* adds an error; the first one of a field remains */
void		batch_fields_error(json_t *errors, const char *prefix, const char *name,
							   const char *why);

bool		batch_is_id(const char *text);

/* a member that is there and is not null; NULL otherwise */
json_t	   *batch_member(const json_t *object, const char *name);
const char *batch_text(const json_t *object, const char *name);
bool		batch_truth(const json_t *object, const char *name, bool otherwise);

/* is the text one of the words? */
bool		batch_is_word(const char *words, const char *text);

#endif

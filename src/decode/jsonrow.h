/*
 * jsonrow.h
 *		Parses one row of a JSON answer with PostgreSQL's own parser.
 */
#ifndef DRS_JSONROW_H
#define DRS_JSONROW_H

#include "base/compat.h"
#include "decode/replylayout.h"

/*
 * A member whose name is not known beforehand, with its value: the text of a
 * string or a number, or else JSON.
 */
typedef struct JsonNamed
{
	char	   *name;
	ReplyField	value;
	bool		is_number;
} JsonNamed;

/* A list that grows while a row is parsed. */
typedef struct JsonList
{
	int			count;
	JsonNamed  *items;
} JsonList;

typedef struct JsonRow
{
	ReplyField	id;				/* the row's place in its request */
	ReplyField	fields[NROLES]; /* values of members that fill a role */
	bool		has[NROLES];	/* was there such a member, even if null? */
	bool		is_text;		/* the prediction is a string */
	bool		is_number;		/* or a number */
	bool		is_list;		/* the prediction is a list of labels */
	bool		is_old;			/* from an API version without clusters */
	JsonList	labels;			/* is_list: their names */
	JsonList	values;			/* outputs: label and value */
	JsonList	extra;			/* what the model returns beside its prediction */
	JsonList	passed;			/* passthrough values */
	bool		has_explanations;
	bool		has_ngrams;
	int			nexplanations;
	Explanation *explanations;
} JsonRow;

/*
 * Parse the text of a row, which is in the database's encoding.  Allocates in
 * the current memory context, in proportion to the text and the items of its
 * lists, whose number is limited.  Raises 08P01 for invalid JSON, for members
 * of a wrong type or that occur twice, and for lists that are too long; 22P05
 * for characters that the database's encoding lacks.
 */
extern void drs_jsonrow_parse(JsonRow *row, const char *text, size_t len);

/*
 * Append an item of that name, its value zeroed, to a list in the current
 * memory context; NULL when the list is too long.
 */
extern JsonNamed *drs_json_list_add(JsonList *list, char *name);

/* Raise 08P01 for a syntax error that PostgreSQL's parser found in an answer. */
pg_noreturn extern void drs_json_refuse_syntax(JsonLexContext *lex, JsonParseErrorType result);

/* Raise 08P01 unless the text is JSON. */
extern void drs_jsonrow_check(const char *text, size_t len);

/* Raise 08P01 for a malformed answer; problem is a clause without a full stop, for the detail. */
pg_noreturn extern void drs_jsonrow_refuse(const char *problem);

#endif							/* DRS_JSONROW_H */

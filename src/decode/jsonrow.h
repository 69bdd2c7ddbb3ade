/*
 * jsonrow.h
 *		Parses one row of a JSON reply, by PostgreSQL's own parser.
 */
#ifndef DRS_JSONROW_H
#define DRS_JSONROW_H

#include "base/compat.h"
#include "decode/replylayout.h"

/* A member whose name is not ours, with its value: text of a string or a number, or else JSON. */
typedef struct JsonNamed
{
	char	   *name;
	ReplyField		value;
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
	ReplyField		id;				/* the row's place in its request */
	ReplyField		fields[NROLES]; /* those that are members of their own */
	bool		has[NROLES];	/* was there such a member, be it null? */
	bool		is_text;		/* the prediction is a string */
	bool		is_number;		/* or a number */
	bool		is_list;		/* the prediction is a list of labels */
	bool		is_old;			/* of an API that knew no clusters yet */
	JsonList	labels;			/* then: their names */
	JsonList	values;			/* outputs: label and value */
	JsonList	extra;			/* what the model returns beside its prediction */
	JsonList	passed;			/* passthrough values */
	bool		has_explanations;
	bool		has_ngrams;
	int			nexplanations;
	Explanation *explanations;
} JsonRow;

/*
 * Parse the text of a row, which is of the server's encoding.  All of it is
 * allocated in the current memory context; its size is bounded by that of the
 * text, and by the most items that a list may have.  Raises 08P01 for what is
 * no JSON, for members of a wrong type or that stand twice, and for lists that
 * are too long, and 22P05 for characters that the server's encoding lacks.
 */
extern void drs_jsonrow_parse(JsonRow *row, const char *text, size_t len);

/*
 * Room for one more of that name at the end of a list, in the current memory
 * context; NULL when it is too long.
 */
extern JsonNamed *drs_json_list_add(JsonList *list, char *name);

/* Raise 08P01 for what PostgreSQL's parser made of an answer. */
pg_noreturn extern void drs_json_refuse_syntax(JsonLexContext *lex, JsonParseErrorType result);

/* Raise 08P01 unless the text is JSON. */
extern void drs_jsonrow_check(const char *text, size_t len);

/* Raise 08P01 for an answer that is not what it should be; problem completes "In it, ...". */
pg_noreturn extern void drs_jsonrow_refuse(const char *problem);

#endif							/* DRS_JSONROW_H */

/*
 * replyrow.h
 *		A row of an answer of either format.
 *
 * Does not depend on PostgreSQL.
 */
#ifndef DRS_REPLYROW_H
#define DRS_REPLYROW_H

#include <stdbool.h>
#include <stddef.h>

/* A value of an answer as text. */
typedef struct ReplyField
{
	char	   *text;			/* NUL-terminated; NULL: missing (CSV: empty
								 * without quotes; JSON: null or absent) */
	size_t		len;
} ReplyField;

typedef enum ExplanationPart
{
	EXPLAINED_FEATURE,
	EXPLAINED_VALUE,			/* what the row has for the feature */
	EXPLAINED_STRENGTH,
	EXPLAINED_QUALITY,			/* the strength as plus or minus signs; SHAP has none */
	EXPLAINED_LABEL,			/* which output it is about */
	EXPLAINED_NGRAMS,			/* JSON; only JSON answers have it */
	EXPLANATION_PARTS
} ExplanationPart;

typedef struct Explanation
{
	ReplyField	parts[EXPLANATION_PARTS];
} Explanation;

typedef struct ReplyRow
{
	int			row_in_request; /* JSON: the row that it is for, from 0; -1: unknown */
	bool		is_number;		/* JSON: the prediction is a number */
	int			nfields;
	ReplyField	   *fields;			/* by column of the layout */
	int			npassed;		/* JSON: values passed through */
	bool		has_explanations;	/* JSON: does it have a list of them, even if empty? */
	int			nexplanations;	/* JSON only: CSV has them among the fields */
	Explanation *explanations;
} ReplyRow;

#endif							/* DRS_REPLYROW_H */

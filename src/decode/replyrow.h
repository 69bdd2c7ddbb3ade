/*
 * replyrow.h
 *		A row of a reply, whatever the reply's format.
 *
 * Needs nothing of the server.
 */
#ifndef DRS_REPLYROW_H
#define DRS_REPLYROW_H

#include <stdbool.h>
#include <stddef.h>

/* A value of a reply as text. */
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
	EXPLAINED_QUALITY,			/* the strength as signs; SHAP has none */
	EXPLAINED_LABEL,			/* which output it is about */
	EXPLAINED_NGRAMS,			/* JSON; only JSON replies have it */
	EXPLANATION_PARTS
} ExplanationPart;

typedef struct Explanation
{
	ReplyField		parts[EXPLANATION_PARTS];
} Explanation;

typedef struct ReplyRow
{
	int			row_in_request; /* JSON: the row that it is for, from 0; -1: it does not say */
	bool		is_number;		/* JSON: the prediction is a number */
	int			nfields;
	ReplyField	   *fields;			/* by column of the layout */
	int			npassed;		/* JSON: values passed through */
	bool		has_explanations;	/* JSON: has it a list of them, be it empty? */
	int			nexplanations;	/* JSON replies only: CSV has them among the fields */
	Explanation *explanations;
} ReplyRow;

#endif							/* DRS_REPLYROW_H */

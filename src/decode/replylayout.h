/*
 * replylayout.h
 *		What each field of the rows of an answer means.
 *
 * A layout is read from the header of a CSV answer, or from the first row of
 * a JSON answer, whose members are given the names that CSV has for them
 * (docs/api.md 1.5, 1.6).  Columns are matched by name, in any order; unknown
 * ones are ignored.
 */
#ifndef DRS_REPLYLAYOUT_H
#define DRS_REPLYLAYOUT_H

#include "decode/predictionfield.h"
#include "decode/replyrow.h"

/* What a field may contain, whatever the type of the column that it goes into. */
typedef enum FieldNumber
{
	NUMBER_ANY,					/* not a number, or one that is only passed on */
	NUMBER_FINITE,
	NUMBER_PROBABILITY,
	NUMBER_PREDICTION			/* of no classification: finite, unless predictions are texts */
} FieldNumber;

typedef struct ClassColumn
{
	const char *label;			/* the class, as the header spells it */
	int			column;			/* its probability */
	int			decision;		/* multilabel: is the label predicted? */
	int			threshold;		/* multilabel: -1 when it has none of its own */
} ClassColumn;

/* Columns of one explanation in CSV, -1 where there is none. */
typedef struct ExplanationColumns
{
	int			columns[EXPLANATION_PARTS];
} ExplanationColumns;

typedef struct Layout
{
	int			ncolumns;
	char	  **headers;		/* by column; NULL: the column cannot be asked for by name */
	FieldNumber *numbers;		/* by column */
	int		   *sorted;			/* columns with a name, by name */
	int			nsorted;
	int			roles[NROLES];	/* column, -1 when there is none */
	const char *target;			/* name of the target; NULL: unknown */
	const char *implied_target; /* JSON: the target as inferred from the caller's names */
	int			nclasses;		/* 0: neither a classification nor multilabel */
	ClassColumn *classes;
	bool		is_multilabel;	/* any number of the classes may be predicted */
	bool		is_json;
	int			nexplanations;	/* CSV: the most that a row can have */
	ExplanationColumns *explanations;
	int			positive;		/* JSON: class that is the positive one
								 * of two; -1: none, or not known */
	bool		asks_positive;	/* JSON: one of two is, but the answer does not say which */
	int			nextra;			/* columns that a model returns besides its predictions */
	int		   *extra;
	int			nuntold;		/* CSV: columns without a known meaning, of the query or not */
	int		   *untold;
	int			npassed;		/* columns that the answer repeats from
								 * the query because it was asked to */
	int		   *passed;
	/* index of each in the query's columns; -1: not one of those asked for */
	int		   *passed_from;
	bool	   *is_passed;		/* CSV, by column: is it one of passed? */
	bool		has[NROLES];	/* was the role in the header or the first row? */
	bool		has_explanations;
	bool		has_ngrams;
} Layout;

/* A layout of ncolumns columns, still without names or meaning, in the current memory context. */
extern Layout *drs_layout_create(int ncolumns);

/* All names are set: sort them.  Raises 08P01 when one occurs twice. */
extern void drs_layout_sort(Layout *layout);

/* Roles and classes are set: note what each field may contain. */
extern void drs_layout_note_numbers(Layout *layout);

/* Note that a role is filled by that column; -1: by none. */
extern void drs_layout_set(Layout *layout, LayoutRole role, int column);

/* Do both have the same columns with the same meaning? */
extern bool drs_layout_equal(const Layout *a, const Layout *b);

/* The column of exactly that name, or -1. */
extern int	drs_layout_find_exactly(const Layout *layout, const char *name);

/*
 * JSON answers do not name the target of a classification.  Infer it from the
 * name of a column that the caller asks for; a name that ends like the column
 * of a class takes precedence.  Allocates in the current memory context.
 */
extern void drs_layout_imply_target(Layout *layout, const char *name);

/*
 * The column that a caller asks for by that name: first as spelled, then
 * ignoring case, then by names that PostgreSQL truncates to it; -1 when there
 * is none.  Raises 42702 when several columns are truncated to that name.
 */
extern int	drs_layout_find(const Layout *layout, const char *name);

/*
 * The index of the class with that label, or -1.  Labels that are numbers are
 * compared as numbers, since servers write 1 and 1.0 for the same class.
 */
extern int	drs_layout_class(const Layout *layout, const char *label);

/*
 * The names of the columns, quoted and separated by commas, cut to a line;
 * palloc'd, for messages.
 */
extern char *drs_layout_names(const Layout *layout);

#endif							/* DRS_REPLYLAYOUT_H */

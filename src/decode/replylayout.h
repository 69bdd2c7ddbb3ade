/*
 * replylayout.h
 *		Which field of a reply's rows is what.
 *
 * A layout is read from the header of a CSV reply, or from the first row of a
 * JSON reply, whose members are given the names that CSV has for them
 * (docs/api.md 1.5, 1.6).  Columns are matched by name, in any order; those
 * that mean nothing to us are left alone.
 */
#ifndef DRS_REPLYLAYOUT_H
#define DRS_REPLYLAYOUT_H

#include "decode/predictionfield.h"
#include "decode/replyrow.h"

/* What can stand in a field, whatever the column that takes it. */
typedef enum FieldNumber
{
	NUMBER_ANY,					/* no number, or one that we only hand on */
	NUMBER_FINITE,
	NUMBER_PROBABILITY,
	NUMBER_PREDICTION			/* of no classification: finite, unless predictions are texts */
} FieldNumber;

typedef struct ClassColumn
{
	const char *label;			/* the class, as the header spells it */
	int			column;			/* its probability */
	int			decision;		/* multilabel: is the label predicted? */
	int			threshold;		/* multilabel: -1 when there is none of its own */
} ClassColumn;

/* Columns of one explanation in CSV, -1 where there is none. */
typedef struct ExplanationColumns
{
	int			columns[EXPLANATION_PARTS];
} ExplanationColumns;

typedef struct Layout
{
	int			ncolumns;
	char	  **headers;		/* NULL: the column has no name to be asked for by */
	FieldNumber *numbers;		/* by column */
	int		   *sorted;			/* columns with a name, by name */
	int			nsorted;
	int			roles[NROLES];	/* column, -1 when there is none */
	const char *target;			/* name of what is predicted; NULL: unknown */
	const char *implied_target; /* JSON: as the caller's names have it */
	int			nclasses;		/* 0: neither a classification nor multilabel */
	ClassColumn *classes;
	bool		is_multilabel;	/* any number of the classes is predicted, each by itself */
	bool		is_json;
	int			nexplanations;	/* CSV: of a row, at most */
	ExplanationColumns *explanations;
	int			positive;		/* JSON: class that is the positive one
								 * of two; -1: none, or not known */
	bool		asks_positive;	/* JSON: one of two is, but the answer does not say which */
	int			nextra;			/* columns that a model returns beside its predictions */
	int		   *extra;
	int			nuntold;		/* CSV: columns without a meaning, of the query or not */
	int		   *untold;
	int			npassed;		/* columns that the reply repeats from
								 * the query because it was asked to */
	int		   *passed;
	int		   *passed_from;	/* index into the query's columns of each;
								 * -1: it is none of those asked for */
	bool	   *is_passed;		/* CSV, by column: is it one of those? */
	bool		has[NROLES];	/* was it in the header or in the first row? */
	bool		has_explanations;
	bool		has_ngrams;
} Layout;

/* A layout of that many columns without a name or a meaning, in the current memory context. */
extern Layout *drs_layout_create(int ncolumns);

/* All names are there: sort them.  Raises a protocol violation when one stands twice. */
extern void drs_layout_sort(Layout *layout);

/* Roles and classes are there: note what can stand in which field. */
extern void drs_layout_note_numbers(Layout *layout);

/* The column has that role, and it is present. */
extern void drs_layout_set(Layout *layout, LayoutRole role, int column);

/* Have both the same columns with the same meaning? */
extern bool drs_layout_equal(const Layout *a, const Layout *b);

/* The column of exactly that name, or -1. */
extern int	drs_layout_find_exactly(const Layout *layout, const char *name);

/*
 * JSON replies do not name the target of a classification.  Take it from a
 * name that a caller will ask for: one that ends like the column of a class
 * tells more than others.
 */
extern void drs_layout_imply_target(Layout *layout, const char *name);

/*
 * The column that a caller asks for by that name: first as spelled, then
 * whatever its case, then as PostgreSQL cuts longer names off; -1 when there
 * is none.  Raises 42702 for a name that several longer ones are cut off to.
 */
extern int	drs_layout_find(const Layout *layout, const char *name);

/*
 * The class of that label, or -1.  Numbers are compared as
 * numbers: servers write 1 and 1.0 for the same class.
 */
extern int	drs_layout_class(const Layout *layout, const char *label);

/* The names, quoted and separated by commas, cut to a line; for messages. */
extern char *drs_layout_names(const Layout *layout);

#endif							/* DRS_REPLYLAYOUT_H */

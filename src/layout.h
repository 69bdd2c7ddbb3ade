/*
 * layout.h
 *		Which column of a CSV reply is what.
 *
 * The names are those of the reference's 1.6.  They are matched by name, in
 * any order; columns that mean nothing to us are left alone.  PostgreSQL licence.
 */
#ifndef DRS_LAYOUT_H
#define DRS_LAYOUT_H

#include "csvreader.h"

typedef struct ClassColumn
{
	const char *label;			/* the class, as the header spells it */
	int			column;
} ClassColumn;

typedef struct Layout
{
	int			ncolumns;
	char	  **headers;
	int			prediction;		/* the column <target>_PREDICTION */
	int			nclasses;		/* 0: not a classification */
	ClassColumn *classes;
	int			threshold;		/* -1 when there is none, as for the next two */
	int			positive_class;
	int			order;			/* column of verify_order */
} Layout;

/*
 * Read the header record of a reply; allocates in the current memory context.
 * Raises a protocol violation when it has no prediction column, or when a
 * name stands twice.
 */
extern Layout *drs_layout_read(const CsvRecord *header);

/* Is this the header that the layout was read from? */
extern bool drs_layout_fits(const Layout *layout, const CsvRecord *header);

/* The column of that name, first as spelled, then whatever its case; -1 when there is none. */
extern int	drs_layout_find(const Layout *layout, const char *name);

/* The class of that label, or -1.  Numbers are compared as numbers: servers write 1 and 1.0 for the same class. */
extern int	drs_layout_class(const Layout *layout, const char *label);

/* The names, quoted and separated by commas, cut to a line; for messages. */
extern char *drs_layout_names(const Layout *layout);

#endif							/* DRS_LAYOUT_H */

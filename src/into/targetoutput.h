/*
 * targetoutput.h
 *		The output columns of a writing call: which there are, which column of
 *		the target each goes to, and how they are gathered.
 */
#ifndef DRS_TARGETOUTPUT_H
#define DRS_TARGETOUTPUT_H

#include "config/option.h"
#include "decode/resultshape.h"
#include "into/target.h"
#include "rows/sourcecolumns.h"

/* When an output column is written. */
typedef enum ColumnPresence
{
	COLUMN_CERTAIN,				/* whatever the answers have */
	COLUMN_MATCHED,				/* never, as it cannot be set; but rows are found by it */
	COLUMN_TENTATIVE,			/* it is in the target: if the answers have a value for it */
	COLUMN_CREATED,				/* of a table to be created: likewise, else the column
								 * is left out */
	COLUMN_CREATED_UNLESS_BINARY	/* likewise, and it is left out when
									 * they have a positive class, too */
} ColumnPresence;

typedef struct OutputColumn
{
	const char *name;			/* before column_names_remapping */
	const char *target;			/* after it: the column of the target */
	int			field;			/* column of the gathered rows; -1: the same for all rows */
	const char *expression;		/* then, as SQL */
	const char *type;			/* for CREATE TABLE, as SQL */
	ColumnPresence presence;
	bool		asked;			/* a part of predictions that the call
								 * names: answers must have it */
	bool		prediction;		/* neither of the query nor the same for all rows */
} OutputColumn;

typedef struct Output
{
	int			ncolumns;
	OutputColumn *columns;		/* what is written, keys first */
	List	   *where;			/* of OutputColumn *: they identify rows of the target */
	List	   *set;			/* of OutputColumn *: those that update and upsert set */
	List	   *keys;			/* of char *: target columns of the keys that are written */

	/*
	 * The gathered rows: the keys come first, whether they are written or not; at the
	 * end are the row's number and, if rows may be rejected with their features, its
	 * record.
	 */
	Shape	   *shape;
	TupleDesc	desc;			/* of the same, with the names c1, c2, ... */
	int			nkeys;
	int			row_number;		/* field */
	int			error;			/* field; -1: not written */
	int			positive_class; /* likewise */
	int			record;			/* field; -1: not kept */
} Output;

/*
 * Match the outputs with the target's columns by name.  deployment is the id
 * that goes into the extra column.  Palloc'd; the arguments must live as long.
 * Raises 42703 for columns that are missing, 42701 for two outputs of one
 * name, 22023 and 42P10 for where and update columns that do not fit the
 * statement type.
 */
extern Output *drs_output_match(const Target *target, const Columns *columns,
								const Options *options, const char *deployment);

/* Is it part of a prediction in a table to be created? */
extern bool drs_output_is_created(const OutputColumn *column);

#endif							/* DRS_TARGETOUTPUT_H */

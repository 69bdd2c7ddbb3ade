/*
 * markcolumns.h
 *		Columns of ours that each row of a job carries, and that the service
 *		passes through: the row's number, and its key.
 *
 * They have names of ours, so that no column of the query clashes with a
 * column of the result.
 */
#ifndef DRS_MARKCOLUMNS_H
#define DRS_MARKCOLUMNS_H

#include "http/parameters.h"
#include "rows/sourcecolumns.h"

/* The column of the result that says whether a row was scored (docs/api.md 2.14). */
#define DRS_STATUS_COLUMN "prediction_status"

/* The name of the number column of a job with a mark (batchstream.h), which follows it. */
#define DRS_MARKED_COLUMN DRS_ORDER_COLUMN "_"

typedef struct MarkColumns
{
	const char *number;			/* name of the column of the row's number, which is sent last */
	int			nkeys;
	const char **keys;			/* names of the key columns as they are sent */
	List	   *passed;			/* of char *: all of these */
	const Columns *sent;		/* the columns of a call, and the keys under these names */
	/* the same and the columns that an answer has besides predictions: none is an output */
	const Columns *answered;
} MarkColumns;

/*
 * Palloc'd; columns must live as long.  mark becomes part of the name of the
 * number; NULL: it does not.  Raises 42701 for a feature that has such a name.
 */
extern MarkColumns *drs_markcolumns_create(const Columns *columns, const char *mark);

#endif							/* DRS_MARKCOLUMNS_H */

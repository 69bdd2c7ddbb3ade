/*
 * columns.h
 *		Which columns of a row are sent as features and which are kept.
 *		PostgreSQL licence.
 */
#ifndef DRS_COLUMNS_H
#define DRS_COLUMNS_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#include "option.h"

typedef struct Columns
{
	TupleDesc	desc;			/* of the source row; not owned */
	int			nsent;
	int		   *sent;			/* index into desc of each feature, in row order */
	int			nkept;
	int		   *kept;			/* index into desc of each kept column: keys first, then passthrough */
	int			nkeys;			/* how many of kept are keys */
} Columns;

/*
 * Sort the columns of a row by the options of a call: keys are kept and not
 * sent, passthrough columns are kept and sent, unless the server is to hand
 * them back, and the rest is sent.  Raises for unknown or repeated names,
 * repeated feature names, and a row with nothing to send.  Allocates in the
 * current memory context.
 */
extern Columns *drs_columns_choose(TupleDesc desc, const Options *options);

#endif							/* DRS_COLUMNS_H */

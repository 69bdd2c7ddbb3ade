/*
 * rowarrays.h
 *		Gathered rows as arrays, one per column, which are parameters of the statements.
 *
 * Engines that plan statements themselves, as distributed tables have, do not know the
 * ephemeral named relation that the statements otherwise see.
 */
#ifndef DRS_ROWARRAYS_H
#define DRS_ROWARRAYS_H

#include "into/statement.h"
#include "rows/spool.h"

typedef struct RowArrays
{
	RowsAsSql	sql;			/* for the statements */
	Parameters	parameters;		/* the value of $1 is left to the caller */
} RowArrays;

/* Must the rows of this database be arrays, by what is installed and set? */
extern bool drs_rowarrays_are_needed(void);

/*
 * Arrays for the columns used (from 0) of rows of desc, which must live as long, in
 * the current memory context.  If ranged, the least and the greatest value of the first
 * column are parameters, too, provided that its type has an order.  The arrays are empty
 * first, with which statements can be checked.
 */
extern RowArrays *drs_rowarrays_open(TupleDesc desc, const Bitmapset *used, bool ranged);

/*
 * Put the next rows of a spool into the parameters: as many as there are, up to about
 * 4 MB.  False: there were no more.  The values are valid until the next call.  To be
 * called, and its statements run, within drs_fixed_settings_begin_parameters().
 */
extern bool drs_rowarrays_fill(RowArrays *arrays, Spool *rows);

#endif							/* DRS_ROWARRAYS_H */

/*
 * csvlayout.h
 *		The layout of a CSV reply, from its header.
 */
#ifndef DRS_CSVLAYOUT_H
#define DRS_CSVLAYOUT_H

#include "nodes/pg_list.h"

#include "decode/csvreader.h"
#include "decode/replylayout.h"
#include "rows/sourcecolumns.h"

/*
 * Read the header record of a reply; allocates in the current memory context.
 * passed are names (of char *) that the reply repeats from the query; any
 * other column of the query may be repeated, too.  columns may be NULL.
 * Raises a protocol violation when there is no prediction in it, or when a
 * name stands twice.
 */
extern Layout *drs_csvlayout_read(const CsvRecord *header, const Columns *columns, List *passed);

/* Is this the header that the layout was read from? */
extern bool drs_csvlayout_fits(const Layout *layout, const CsvRecord *header);

#endif							/* DRS_CSVLAYOUT_H */

/*
 * csvlayout.h
 *		The layout of a CSV answer, read from its header.
 */
#ifndef DRS_CSVLAYOUT_H
#define DRS_CSVLAYOUT_H

#include "nodes/pg_list.h"

#include "decode/csvreader.h"
#include "decode/replylayout.h"
#include "rows/sourcecolumns.h"

/*
 * Read the header record of an answer; allocates in the current memory
 * context.  The columns of the query may be NULL; those in passed, names
 * (char *), were asked for in the answer, which may repeat others, too.
 * Raises 08P01 when no column is a prediction, a name occurs twice, or
 * one is too long.
 */
extern Layout *drs_csvlayout_read(const CsvRecord *header, const Columns *columns, List *passed);

/* Is this the header that the layout was read from? */
extern bool drs_csvlayout_fits(const Layout *layout, const CsvRecord *header);

#endif							/* DRS_CSVLAYOUT_H */

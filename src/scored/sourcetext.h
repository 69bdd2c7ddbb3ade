/*
 * sourcetext.h
 *		The text of a scored table's query, without a look at any catalog.
 */
#ifndef DRS_SOURCETEXT_H
#define DRS_SOURCETEXT_H

#include "nodes/parsenodes.h"

/*
 * Parse it, palloc'd.  Raises 42601 with the place in the query, and 22023
 * unless it is one SELECT, VALUES or TABLE that reads only: no INTO, no FOR
 * UPDATE, no data-modifying WITH, no parameters.
 */
extern RawStmt *drs_sourcetext_parse(const char *query);

#endif							/* DRS_SOURCETEXT_H */

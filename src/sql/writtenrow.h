/*
 * writtenrow.h
 *		Rows that are written out in the query, as ROW(a, b) or (a, b).
 */
#ifndef DRS_WRITTENROW_H
#define DRS_WRITTENROW_H

#include "access/tupdesc.h"
#include "nodes/nodes.h"

/*
 * Raise 22023 when the expression, whose rows have that descriptor, is probably
 * a row written out in the query: its columns are named f1, f2, which are
 * features of no model.  instead is what to write in its place, for the hint.
 */
extern void drs_writtenrow_refuse(Node *features, TupleDesc desc, const char *instead);

#endif							/* DRS_WRITTENROW_H */

/*
 * ownerrights.h
 *		What a query that runs with the rights of its table's owner must not
 *		read.
 */
#ifndef DRS_OWNERRIGHTS_H
#define DRS_OWNERRIGHTS_H

#include "nodes/parsenodes.h"

#include "scored/scoredtable.h"

/*
 * Raise 42501 when the analyzed query reads a temporary relation that does not
 * belong to the table's owner.
 */
extern void drs_ownerrights_check(Query *query, const ScoredTable *table);

#endif							/* DRS_OWNERRIGHTS_H */

/*
 * tablestatement.h
 *		CREATE FOREIGN TABLE for a scored table of a table's rows.
 */
#ifndef DRS_TABLESTATEMENT_H
#define DRS_TABLESTATEMENT_H

#include "nodes/primnodes.h"
#include "utils/jsonb.h"

#include "api/predictedtable.h"

/*
 * Set the source and desc of table: a relation by its name, with its schema,
 * since the query of a scored table is text.  Locks it.  Raises 42P01 when
 * there is none of that name.
 */
extern void drs_tablestatement_source(PredictedTable *table, const RangeVar *source);

/*
 * The statement, palloc'd.  Of table, drs_predictedtable_ask has filled all;
 * name is quoted for SQL.  options are further ones of the table, as JSON with
 * names as DDL has them; may be NULL.  Raises 22023 when they give what the
 * statement says by itself.
 */
extern char *drs_tablestatement(const PredictedTable *table, const char *name, Jsonb *options);

#endif							/* DRS_TABLESTATEMENT_H */

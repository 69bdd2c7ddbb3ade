/*
 * importschema.h
 *		IMPORT FOREIGN SCHEMA: a scored table for each deployment whose features
 *		a table has.
 */
#ifndef DRS_IMPORTSCHEMA_H
#define DRS_IMPORTSCHEMA_H

#include "foreign/fdwapi.h"

/*
 * Callback of FdwRoutine: statements that create the tables, a list of char *, palloc'd.  Asks
 * the public API about each deployment that is wanted.  Raises what asking does, HV00Q for
 * another schema, and HV00J without a source.
 */
extern List *drs_importschema(ImportForeignSchemaStmt *stmt, Oid serverid);

#endif							/* DRS_IMPORTSCHEMA_H */

/*
 * importschema.c
 *		IMPORT FOREIGN SCHEMA: a scored table for each deployment.
 */
#include "postgres.h"

#include "scored/importschema.h"

List *
drs_importschema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("scored tables are not supported yet")));
	return NIL;
}

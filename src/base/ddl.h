/*
 * ddl.h
 *		Runs DDL of our own making as the current user.
 */
#ifndef DRS_DDL_H
#define DRS_DDL_H

#include "nodes/primnodes.h"

/*
 * A name as a user wrote it, perhaps with a schema, taken
 * apart as SQL would; raises when it is none or NULL.
 */
extern RangeVar *drs_ddl_name(const char *name, const char *what);

/* It quoted for SQL, palloc'd. */
extern char *drs_ddl_quote(const RangeVar *name);

/* Run a statement that creates something. */
extern void drs_ddl_run(const char *statement);

#endif							/* DRS_DDL_H */

/*
 * ddl.h
 *		Runs DDL that we build, as the current user.
 */
#ifndef DRS_DDL_H
#define DRS_DDL_H

#include "nodes/primnodes.h"

/*
 * Parse a name that a user wrote, perhaps with a schema, as SQL would;
 * palloc'd.  Raises when it is NULL or not a valid name; what says in the
 * message what it is a name of.
 */
extern RangeVar *drs_ddl_name(const char *name, const char *what);

/* The name quoted for SQL, with its schema if it has one, palloc'd. */
extern char *drs_ddl_quote(const RangeVar *name);

/* Run a statement.  Raises what it raises. */
extern void drs_ddl_run(const char *statement);

#endif							/* DRS_DDL_H */

/*
 * scope.h
 *		Which relations a query text can see beside those in schemas.
 */
#ifndef DRS_SCOPE_H
#define DRS_SCOPE_H

#include "utils/queryenvironment.h"

/*
 * The transition tables of the calling trigger, or other relations that are
 * registered with the current SPI connection; NULL when there is no
 * connection, or nothing is registered.  Not copied.
 */
extern QueryEnvironment *drs_scope_of_caller(void);

/*
 * Let statements of the current SPI connection see those relations of caller
 * that query names.  caller may be NULL.
 */
extern void drs_scope_share(QueryEnvironment *caller, const char *query);

/*
 * Call SPI_connect, and let the new connection see the relations of the
 * current one that query names.
 */
extern void drs_scope_connect(const char *query);

#endif							/* DRS_SCOPE_H */

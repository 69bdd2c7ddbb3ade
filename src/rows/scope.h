/*
 * scope.h
 *		What a query text can see of the place that it is called from.
 */
#ifndef DRS_SCOPE_H
#define DRS_SCOPE_H

#include "utils/queryenvironment.h"

/*
 * The transition tables of the trigger that is calling, or whatever else has
 * been registered with the SPI connection that is open now.  NULL: nothing.
 */
extern QueryEnvironment *drs_scope_of_caller(void);

/*
 * Let statements of the SPI connection that is open now see
 * those relations of caller that query names.
 */
extern void drs_scope_share(QueryEnvironment *caller, const char *query);

/* SPI_connect, and both of the above. */
extern void drs_scope_connect(const char *query);

#endif							/* DRS_SCOPE_H */

/*
 * scanroutine.h
 *		The callbacks by which PostgreSQL uses scored tables.
 */
#ifndef DRS_SCANROUTINE_H
#define DRS_SCANROUTINE_H

#include "foreign/fdwapi.h"

/* All of them, palloc'd. */
extern FdwRoutine *drs_scanroutine(void);

#endif							/* DRS_SCANROUTINE_H */

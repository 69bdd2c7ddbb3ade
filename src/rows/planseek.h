/*
 * planseek.h
 *		Finds out whether a prepared plan can begin to read at a key.
 */
#ifndef DRS_PLANSEEK_H
#define DRS_PLANSEEK_H

#include "executor/spi.h"

/*
 * Does the plan of a statement that ends in LIMIT go straight to the key in
 * its parameters, and continue in the order of an index?  Then its cost
 * depends on the rows that it returns, not on all that it could return.  Plans
 * the statement again if necessary.  For callers that have called SPI_connect,
 * inside a snapshot.
 */
extern bool drs_plan_seeks(SPIPlanPtr plan);

#endif							/* DRS_PLANSEEK_H */

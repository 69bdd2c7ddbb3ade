/*
 * planseek.h
 *		What a prepared plan tells about reading by key.
 */
#ifndef DRS_PLANSEEK_H
#define DRS_PLANSEEK_H

#include "executor/spi.h"

/*
 * Does the plan of a statement that ends in LIMIT go straight to where its
 * parameters point, and from there on in the order of an index?  Its cost
 * then depends on the rows it returns and not on those that it could.  Plans
 * the statement again when that is needed; for callers who have called
 * SPI_connect, inside a snapshot.
 */
extern bool drs_plan_seeks(SPIPlanPtr plan);

#endif							/* DRS_PLANSEEK_H */

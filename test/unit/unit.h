/*
 * unit.h
 *		Declarations shared by the files of this directory.
 */
#ifndef DRS_UNIT_H
#define DRS_UNIT_H

#include "http/transport.h"

/* Names of the outcomes of an exchange, in the order of the enum, NULL at the end. */
extern const char *const drs_unit_outcomes[];

/* A transport in the current memory context; all have one connection. */
extern Transport *drs_unit_transport(void);

#endif							/* DRS_UNIT_H */

/*
 * jobrules.h
 *		What the fields of a batch job's specification have to do with each
 *		other (docs/api.md 2.4 to 2.9).
 */
#ifndef DRS_JOBRULES_H
#define DRS_JOBRULES_H

#include "utils/jsonb.h"

/*
 * Raise 22023 for fields that exclude each other, that others need, or whose
 * values contradict each other.  spec is in DataRobot's spelling, and each
 * field has been checked by itself.  A whole one must name what scores.
 * Settings of an unknown type are let pass; if it is not strict, so is what
 * only the client does not do.
 */
extern void drs_jobrules_check(JsonbContainer *spec, bool whole, bool strict);

#endif							/* DRS_JOBRULES_H */
